package dev.dibs.it;

import java.util.List;
import java.util.Optional;

/**
 * The plan by which a statement ran.
 *
 * @param sql the statement's text; {@code $1} for a parameter
 * @param json what auto_explain wrote
 * @param nodes the plan's nodes, parents before children
 */
public record Plan(String sql, String json, List<Node> nodes) {

  /**
   * One node.
   *
   * @param type as EXPLAIN names it, e.g. {@code Index Scan}
   * @param relation the table that is read, or empty
   * @param index the index that is read, or empty
   * @param rows actual rows of all loops together, rounded
   * @param buffers shared buffers hit and read, those of the children included
   */
  public record Node(String type, String relation, String index, long rows, long buffers) {}

  public List<String> nodeTypes() {
    return nodes.stream().map(Node::type).toList();
  }

  /** The first node of this type over this table, whatever the table's schema. */
  public Optional<Node> find(String type, String relation) {
    return nodes.stream()
        .filter(node -> node.type().equals(type) && relation.equals(node.relation()))
        .findFirst();
  }

  public long buffers() {
    return nodes.get(0).buffers();
  }

  public long rows() {
    return nodes.get(0).rows();
  }
}
