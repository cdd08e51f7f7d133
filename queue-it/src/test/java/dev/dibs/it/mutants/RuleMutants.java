package dev.dibs.it.mutants;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** Queues that break one promise each, in no way that any queue of the field is known for. */
public final class RuleMutants {
  private RuleMutants() {}

  /** Takes one task more than it was asked for. */
  static TaskQueue overLimit(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Claim> claim(ClaimRequest request) {
        return super.claim(request.limit(request.limit() + 1));
      }
    };
  }

  /** Takes the tasks behind those whose turn it is. */
  static TaskQueue lastInFirstOut(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Claim> claim(ClaimRequest request) {
        List<Claim> claims = super.claim(request.limit(2 * request.limit()));
        int half = claims.size() / 2;
        claims.subList(0, half).forEach(Claim::release);
        return claims.subList(half, claims.size());
      }
    };
  }

  /** Takes up to three tasks more than it hands out. */
  static TaskQueue greedy(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Claim> claim(ClaimRequest request) {
        List<Claim> claims = super.claim(request.limit(request.limit() + 3));
        return claims.subList(0, Math.min(claims.size(), request.limit()));
      }
    };
  }

  /** Gives a task back as a retry does, which counts the attempt. */
  static TaskQueue countsReleases(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Outcome> applyAll(List<ClaimUpdate> updates) {
        return super.applyAll(
            updates.stream()
                .map(
                    update ->
                        update instanceof ClaimUpdate.Release release
                            ? new ClaimUpdate.Retry(release.claim(), "released", release.delay())
                            : update)
                .toList());
      }
    };
  }

  /** Hands out what it claimed in no particular order, as RETURNING does. */
  static TaskQueue unsorted(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Claim> claim(ClaimRequest request) {
        List<Claim> claims = new ArrayList<>(super.claim(request));
        Collections.shuffle(claims);
        return claims;
      }
    };
  }

  /** Now and then loses the answer of a claim and says that nothing is due. */
  static TaskQueue losesClaims(TaskQueue queue) {
    AtomicInteger claims = new AtomicInteger();
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Claim> claim(ClaimRequest request) {
        List<Claim> taken = super.claim(request);
        return claims.incrementAndGet() % 20 == 0 ? List.of() : taken;
      }
    };
  }

  /** Says that nothing is due without having looked. */
  static TaskQueue spuriouslyEmpty(TaskQueue queue) {
    AtomicInteger claims = new AtomicInteger();
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Claim> claim(ClaimRequest request) {
        return claims.incrementAndGet() % 20 == 0 ? List.of() : super.claim(request);
      }
    };
  }

  /** Acknowledges the first update of a batch without having written it. */
  static TaskQueue losesCompletions(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Outcome> applyAll(List<ClaimUpdate> updates) {
        List<Outcome> outcomes =
            new ArrayList<>(super.applyAll(updates.subList(1, updates.size())));
        outcomes.add(0, Outcome.APPLIED);
        return outcomes;
      }
    };
  }

  /** Fails for good what it acknowledges as completed. */
  static TaskQueue failsInstead(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Outcome> applyAll(List<ClaimUpdate> updates) {
        return super.applyAll(
            updates.stream()
                .map(
                    update ->
                        update instanceof ClaimUpdate.Complete
                            ? new ClaimUpdate.Fail(update.claim(), "instead")
                            : update)
                .toList());
      }
    };
  }

  /** Deletes what it acknowledges as completed. */
  static TaskQueue deletesCompleted(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Claim> claim(ClaimRequest request) {
        return super.claim(request.deleteCompleted(true));
      }
    };
  }

  /** Accepts what the holder of a lost claim writes, as completion by id does. */
  public static TaskQueue unfenced(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Outcome> applyAll(List<ClaimUpdate> updates) {
        return super.applyAll(updates).stream()
            .map(outcome -> outcome == Outcome.LEASE_LOST ? Outcome.APPLIED : outcome)
            .toList();
      }
    };
  }

  /** Forgets delays. */
  static TaskQueue early(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<UUID> enqueueAll(List<NewTask> tasks) {
        return super.enqueueAll(tasks.stream().map(task -> task.delay(Duration.ZERO)).toList());
      }
    };
  }

  /** Enqueues a task a second time under another id, as a blind repetition does. */
  static TaskQueue enqueuesTwice(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<UUID> enqueueAll(List<NewTask> tasks) {
        super.enqueueAll(List.of(tasks.get(0).id(UUID.randomUUID())));
        return super.enqueueAll(tasks);
      }
    };
  }

  /** Gives every claim a shorter lease than it asked for. */
  static TaskQueue shortLeases(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Claim> claim(ClaimRequest request) {
        return super.claim(request.lease(Duration.ofMillis(20)));
      }
    };
  }
}
