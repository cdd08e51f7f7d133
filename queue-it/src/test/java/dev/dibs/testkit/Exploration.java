package dev.dibs.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Walks through every state that two workers can bring two tasks into, breadth first: in each state
 * every move is made, in every order that there is. States that differ only in what no move can see
 * (how long ago something was, which of the two workers is which) are one. Each move must keep the
 * {@link Laws}, and from each state both tasks must come to an end once somebody works honestly.
 */
final class Exploration {
  private final Scope scope;
  private final Supplier<QueueInMemory> queues;
  private final Set<String> seen = new HashSet<>();
  private final Deque<Node> next = new ArrayDeque<>();
  private long transitions;
  private int longest;

  /**
   * How far the walk goes. Everything else, leases that run out and whatever an operator does, may
   * happen any number of times.
   *
   * @param maxAttempts of either task
   * @param attempts nothing is claimed any more once a task has so many
   * @param without what never happens
   * @param keyed whether the tasks have one unique key and are enqueued in between, not before
   */
  record Scope(int maxAttempts, int attempts, Set<TwoByTwo.Kind> without, boolean keyed) {}

  /** A state, known by the way that led there first, which is a shortest one. */
  private record Node(Node from, TwoByTwo.Move move, int depth) {
    List<TwoByTwo.Move> way() {
      List<TwoByTwo.Move> way = new ArrayList<>();
      for (Node node = this; node.move != null; node = node.from) {
        way.add(0, node.move);
      }
      return way;
    }
  }

  private Exploration(Scope scope, Supplier<QueueInMemory> queues) {
    this.scope = scope;
    this.queues = queues;
  }

  /**
   * Fails with a shortest sequence of moves that breaks a law; says what it saw otherwise.
   *
   * @param queues makes an empty queue to explore each time
   */
  static String explore(Scope scope, Supplier<QueueInMemory> queues) {
    long begun = System.nanoTime();
    Exploration exploration = new Exploration(scope, queues);
    exploration.run();
    return String.format(
        Locale.ROOT,
        "2 workers x 2 tasks, %s: %,d states, %,d transitions, at most %d moves deep, %.1f s",
        scope,
        exploration.seen.size(),
        exploration.transitions,
        exploration.longest,
        (System.nanoTime() - begun) / 1e9);
  }

  private void run() {
    visit(new Node(null, null, 0), world(List.of()));
    while (!next.isEmpty()) {
      Node node = next.remove();
      List<TwoByTwo.Move> way = node.way();
      TwoByTwo world = world(way);
      for (TwoByTwo.Move move : TwoByTwo.Move.ALL) {
        if (!world.isPossible(move)) {
          continue;
        }
        Node child = new Node(node, move, node.depth + 1);
        String before = world.state();
        try {
          world.move(move);
        } catch (AssertionError e) {
          throw broken(child, e);
        }
        transitions++;
        // A move that came to nothing has used nothing up; after any other the way begins anew.
        if (!world.state().equals(before)) {
          visit(child, world);
          world = world(way);
        }
      }
    }
  }

  private void visit(Node node, TwoByTwo world) {
    if (!seen.add(world.state())) {
      return;
    }
    longest = Math.max(longest, node.depth);
    next.add(node);
    try {
      world.workHonestly();
    } catch (AssertionError e) {
      throw broken(node, e);
    }
  }

  private TwoByTwo world(List<TwoByTwo.Move> way) {
    TwoByTwo world = new TwoByTwo(scope, queues.get());
    way.forEach(world::repeat);
    return world;
  }

  private AssertionError broken(Node node, AssertionError e) {
    StringBuilder text = new StringBuilder();
    node.way().forEach(move -> text.append("  ").append(move).append('\n'));
    return new AssertionError("state " + seen.size() + ", after\n" + text + e.getMessage(), e);
  }
}
