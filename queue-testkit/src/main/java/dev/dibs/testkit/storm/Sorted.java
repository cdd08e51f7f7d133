package dev.dibs.testkit.storm;

import java.util.function.IntBinaryOperator;

/** Sorts indices, as a stable merge sort that makes no object for each of millions. */
final class Sorted {
  private static final int RUN = 16;

  private Sorted() {}

  /** The numbers from 0 to {@code size} in the order of a comparator of numbers. */
  static int[] indices(int size, IntBinaryOperator order) {
    int[] from = new int[size];
    for (int i = 0; i < size; i++) {
      from[i] = i;
    }
    for (int start = 0; start < size; start += RUN) {
      insertionSort(from, start, Math.min(start + RUN, size), order);
    }
    int[] to = new int[size];
    for (long width = RUN; width < size; width *= 2) {
      for (long start = 0; start < size; start += 2 * width) {
        int middle = (int) Math.min(start + width, size);
        int end = (int) Math.min(start + 2 * width, size);
        merge(from, to, (int) start, middle, end, order);
      }
      int[] merged = to;
      to = from;
      from = merged;
    }
    return from;
  }

  private static void insertionSort(int[] array, int start, int end, IntBinaryOperator order) {
    for (int i = start + 1; i < end; i++) {
      int moved = array[i];
      int at = i;
      for (; at > start && order.applyAsInt(array[at - 1], moved) > 0; at--) {
        array[at] = array[at - 1];
      }
      array[at] = moved;
    }
  }

  private static void merge(
      int[] from, int[] to, int start, int middle, int end, IntBinaryOperator order) {
    int left = start;
    int right = middle;
    for (int i = start; i < end; i++) {
      boolean takeLeft =
          right == end || (left < middle && order.applyAsInt(from[left], from[right]) <= 0);
      to[i] = takeLeft ? from[left++] : from[right++];
    }
  }
}
