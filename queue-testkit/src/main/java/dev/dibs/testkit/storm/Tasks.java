package dev.dibs.testkit.storm;

import dev.dibs.Priority;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The tasks of a history: each is known by its index; what was claimed without belonging to it gets
 * a negative one. Filled by one thread; once that is done, safe to read from many.
 */
final class Tasks {
  /** Stands for a task where none is known. */
  static final int NONE = Integer.MIN_VALUE;

  private static final int PRIORITIES = Priority.values().length;

  private final List<String> types;
  private final long[] high;
  private final long[] low;
  private final short[] lanes;
  private final int[] slots;
  private int[] keys = new int[0];
  private final Map<UUID, Integer> strangers = new ConcurrentHashMap<>();
  private final AtomicInteger strangersSeen = new AtomicInteger();
  private int size;

  Tasks(int capacity, List<String> types) {
    this.types = List.copyOf(types);
    this.high = new long[capacity];
    this.low = new long[capacity];
    this.lanes = new short[capacity];
    // A power of two that leaves at least a third of the slots free.
    this.slots = new int[Integer.highestOneBit(capacity + capacity / 2 + 1) << 1];
  }

  int add(UUID id, int type, Priority priority) {
    int task = size++;
    high[task] = id.getMostSignificantBits();
    low[task] = id.getLeastSignificantBits();
    lanes[task] = (short) (type * PRIORITIES + priority.rank() - 1);
    slots[slot(id)] = task + 1;
    return task;
  }

  /** Gives a task a unique key, by the key's number. */
  void keyed(int task, int key) {
    if (keys.length == 0) {
      keys = new int[lanes.length];
    }
    keys[task] = key + 1;
  }

  boolean hasKey(int task) {
    return keys.length > 0 && keys[task] != 0;
  }

  /** The number of its unique key, of those that have one. */
  int key(int task) {
    return keys[task] - 1;
  }

  /** The slot that holds the id, or the free one where it belongs. */
  private int slot(UUID id) {
    long mixed = (id.getMostSignificantBits() ^ id.getLeastSignificantBits()) * 0x9E3779B97F4A7C15L;
    int mask = slots.length - 1;
    int slot = (int) (mixed >>> 32) & mask;
    while (slots[slot] != 0 && !id(slots[slot] - 1).equals(id)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  int size() {
    return size;
  }

  int indexOf(UUID id) {
    int found = slots[slot(id)] - 1;
    return found >= 0
        ? found
        : strangers.computeIfAbsent(id, any -> strangersSeen.decrementAndGet());
  }

  UUID id(int task) {
    if (task >= 0) {
      return new UUID(high[task], low[task]);
    }
    return strangers.entrySet().stream()
        .filter(entry -> entry.getValue() == task)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  /** As reports name it: {@code #7 (0198…)}. */
  String name(int task) {
    if (task == NONE) {
      return "unknown";
    }
    return task >= 0 ? "#" + task + " (" + id(task) + ")" : "of no plan (" + id(task) + ")";
  }

  int lanes() {
    return types.size() * PRIORITIES;
  }

  int lane(int task) {
    return lanes[task];
  }

  String laneName(int lane) {
    return types.get(lane / PRIORITIES) + "/" + Priority.ofRank(lane % PRIORITIES + 1);
  }

  /** The type of a lane, by its number. */
  int type(int lane) {
    return lane / PRIORITIES;
  }

  /** The place of a lane's priority, 0 for the highest. */
  static int rank(int lane) {
    return lane % PRIORITIES;
  }

  /** The bit of the lane's type in what a claim asks for. */
  long typeBit(int lane) {
    return 1L << (lane / PRIORITIES);
  }

  /** As PostgreSQL orders UUIDs: unsigned. */
  int compareIds(int one, int other) {
    int byHigh = Long.compareUnsigned(high[one], high[other]);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low[one], low[other]);
  }
}
