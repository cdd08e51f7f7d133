package dev.dibs;

import java.util.List;
import java.util.UUID;

/**
 * Puts tasks into the queue. {@link TaskQueue} is one, each call in a transaction of its own;
 * {@link TaskQueue#within} gives one that writes in the caller's transaction.
 *
 * <p>Repeating an enqueue of the same {@link NewTask} is safe: the task is made once, whatever
 * became of it since. Not so where finished tasks are deleted and the first one is gone.
 *
 * <p>Thread-safe, except for what {@link TaskQueue#within} returns, which belongs to the thread
 * that uses the connection.
 */
public interface TaskProducer {
  /**
   * Enqueues one task; when the call returns, it is durable (or, within a caller's transaction,
   * written but not yet committed).
   *
   * @return the task's id; if its unique key is taken, nothing is written and it is the id of the
   *     task that has the key
   * @throws InvalidInputException if {@code task} is null
   * @throws IdConflictException if its id holds a task of another type or payload
   * @throws SetupException if the schema is missing or does not fit this library
   * @throws OutcomeUnknownException if the connection was lost before the answer came
   * @throws DatabaseException if the database could not be reached or refused it
   */
  default UUID enqueue(NewTask task) {
    return enqueueAll(List.of(Check.present("task", task))).get(0);
  }

  /**
   * Enqueues a task that is due at once, with every option at its default; see {@link NewTask#of}.
   *
   * @return the task's id
   * @throws InvalidInputException if type or payload is not valid; found before anything is sent
   * @throws DibsException as {@link #enqueue(NewTask)} does
   */
  default UUID enqueue(String type, String payload) {
    return enqueue(NewTask.of(type, payload));
  }

  /**
   * Enqueues many tasks at once: all of them, or on any failure none. One whose unique key is
   * taken, by a task that is there or one before it in the list, is passed over; that is no
   * failure. Tasks that are due at the same time are claimed in the order of the list if their ids
   * ascend, as those of {@link NewTask#of} do.
   *
   * @param tasks at most 100,000 with distinct ids and at most 268,435,456 characters of payloads
   *     together; an empty list does nothing
   * @return the ids, in the order of the list, each as {@link #enqueue(NewTask)} returns it
   * @throws InvalidInputException if the list or an element is null, an id occurs twice or a bound
   *     is exceeded; the message names the index
   * @throws DibsException as {@link #enqueue(NewTask)} does
   */
  List<UUID> enqueueAll(List<NewTask> tasks);

  /**
   * Enqueues one task of the same type for each payload: all of them, or on any failure none.
   *
   * @return the ids, in the order of the payloads
   * @throws InvalidInputException if the type or one of the payloads is not valid; the message
   *     names the payload's index; found before anything is sent
   * @throws DibsException as {@link #enqueueAll(List)} does
   */
  default List<UUID> enqueueAll(String type, List<String> payloads) {
    return enqueueAll(NewTask.allOf(type, payloads));
  }
}
