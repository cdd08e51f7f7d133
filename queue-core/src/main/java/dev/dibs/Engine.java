package dev.dibs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running part of a worker: three loops (claims, ends, leases) around the attempts in hand. A
 * claim's lease is kept from the claim until its end is written; its slot is taken until its
 * handler has ended.
 */
final class Engine implements Attempt.Listener {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final TaskQueue queue;
  private final WorkerSettings settings;
  private final Map<String, Registered> handlers;
  private final InHand inHand;
  private final LeaseKeeper leases;
  private final Settler settler;
  private final ClaimLoop claims;
  private final Housekeeper housekeeper;
  private final ScheduledThreadPoolExecutor timer;
  private final @Nullable ExecutorService ownThreads;
  private final Runnable wakeUp;

  Engine(
      TaskQueue queue,
      WorkerSettings settings,
      Map<String, Registered> handlers,
      List<String> types) {
    this.queue = queue;
    this.settings = settings;
    this.handlers = handlers;
    String name = settings.name();
    leases =
        new LeaseKeeper(
            name,
            queue,
            settings.lease(),
            new Outage(name, "cannot renew leases"),
            System::nanoTime,
            this::renewalRefused,
            this::roomMade);
    settler =
        new Settler(
            name,
            queue,
            new Outage(name, "cannot write how attempts ended"),
            leases::forget,
            this::roomMade);
    housekeeper = new Housekeeper(name, queue, settings.retention());
    timer = timer(name);
    ownThreads = settings.executor().isPresent() ? null : HandlerThreads.create(name);
    Executor executor = ownThreads != null ? ownThreads : settings.executor().orElseThrow();
    List<Share> shares = shares(types);
    inHand = new InHand(settings.concurrency(), executor, shares);
    claims =
        new ClaimLoop(
            settings,
            queue,
            shares,
            inHand,
            settler,
            leases,
            new Outage(name, "cannot claim"),
            this::begin);
    wakeUp = claims::workCame;
  }

  /** All types without a limit of their own together, and each other by itself. */
  private List<Share> shares(List<String> types) {
    long now = System.nanoTime();
    List<Share> shares = new ArrayList<>();
    List<String> unlimited = new ArrayList<>();
    for (String type : types) {
      OptionalInt limit = registered(type).options().concurrency();
      if (limit.isPresent()) {
        shares.add(new Share(List.of(type), limit.getAsInt(), now));
      } else {
        unlimited.add(type);
      }
    }
    if (!unlimited.isEmpty()) {
      shares.add(0, new Share(unlimited, Share.UNLIMITED, now));
    }
    return shares;
  }

  private Registered registered(String type) {
    @Nullable Registered registered = handlers.get(type);
    if (registered == null) {
      throw new IllegalStateException("claimed a type that was not asked for: " + type);
    }
    return registered;
  }

  /** Has no thread before something is scheduled, and forgets what was called off. */
  private static ScheduledThreadPoolExecutor timer(String name) {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, name + "-timer");
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  void start() {
    log.info("{} - starts: types={} {}", settings.name(), handlers.keySet(), settings);
    leases.start();
    settler.start();
    queue.addWakeUp(wakeUp);
    claims.start();
    housekeeper.start();
  }

  private Attempt begin(Claim claim) {
    Registered registered = registered(claim.type());
    FailureRule rule = settings.failureRule(registered.options());
    Attempt attempt = new Attempt(claim, registered, rule, timer, this);
    inHand.take(attempt);
    leases.keep(claim);
    return attempt;
  }

  @Override
  public boolean mayBegin(Attempt attempt) {
    return leases.holds(attempt.claim());
  }

  @Override
  public void ended(Attempt attempt, @Nullable ClaimUpdate update) {
    // In this order: whoever sees the slot free must also see the end in the settler's backlog.
    if (update != null) {
      settler.add(update);
    } else {
      leases.forget(attempt.claim());
    }
    if (inHand.giveBack(attempt)) {
      claims.roomMade();
    }
  }

  private void roomMade() {
    claims.roomMade();
  }

  @Override
  public void overtime(Attempt attempt) {
    leases.forget(attempt.claim());
  }

  private void renewalRefused(Claim claim, Outcome outcome) {
    @Nullable Attempt attempt = inHand.of(claim);
    // One that has ended is about to be written, or was just written, by the settler or its holder.
    if (attempt == null || claim.isSettled() || claim.isCompletedIn()) {
      return;
    }
    if (outcome == Outcome.CANCELLED) {
      log.info("{} - {} is to be cancelled, tells its handler", settings.name(), claim);
      attempt.cancel(settings.lease().dividedBy(9));
    } else {
      log.warn("{} - lost the lease of {}, interrupts its handler", settings.name(), claim);
      attempt.loseLease();
    }
  }

  boolean runsOn(Thread thread) {
    AtomicBoolean found = new AtomicBoolean();
    inHand.forEach(
        attempt -> {
          if (attempt.runsOn(thread)) {
            found.set(true);
          }
        });
    return found.get();
  }

  void close(Duration grace) {
    log.info("{} - stops: {} tasks in hand", settings.name(), inHand.size());
    queue.removeWakeUp(wakeUp);
    claims.stop();
    inHand.forEach(Attempt::withdraw);
    boolean interrupted = Thread.interrupted();
    try {
      if (!interrupted) {
        inHand.awaitNone(settings.drainTimeout());
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    try {
      if (inHand.size() > 0) {
        inHand.forEach(Attempt::interruptForClose);
        inHand.awaitNone(grace);
      }
      settler.awaitEmpty(grace);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    settler.stop();
    leases.stop();
    housekeeper.stop();
    timer.shutdownNow();
    if (ownThreads != null) {
      ownThreads.shutdown();
    }
    int running = inHand.size();
    int unwritten = settler.backlog();
    if (running > 0 || unwritten > 0) {
      log.warn(
          "{} - stopped; {} handlers did not end and {} ends could not be written: these tasks run"
              + " again when their leases are over",
          settings.name(),
          running,
          unwritten);
    } else {
      log.info("{} - stopped", settings.name());
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
