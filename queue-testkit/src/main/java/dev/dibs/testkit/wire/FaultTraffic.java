package dev.dibs.testkit.wire;

/** What a {@link FaultProxy} does with the messages of one connection. */
final class FaultTraffic implements Traffic {

  private final FaultProxy proxy;
  private final WireSession session;
  private boolean silent;
  private boolean closed;

  FaultTraffic(FaultProxy proxy, WireSession session) {
    this.proxy = proxy;
    this.session = session;
  }

  @Override
  public Fate request(WireMessage message) {
    return fate(true, message);
  }

  @Override
  public Fate answer(WireMessage message) {
    return fate(false, message);
  }

  private Fate fate(boolean request, WireMessage message) {
    ArmedCut cut = proxy.armed();
    // Nothing passes in silence, so nothing is counted either.
    if (isSilent() || !cut.strikes(this, request, message)) {
      return isSilent() ? Fate.HOLD : Fate.PASS;
    }
    if (cut.way() == Cut.Way.SILENCE) {
      proxy.fallSilent();
    }
    cut.strike();
    return switch (cut.way()) {
      case DROP -> Fate.DROP;
      case RESET -> Fate.RESET;
      case STALL -> Fate.STALL;
      case SILENCE -> Fate.HOLD;
    };
  }

  synchronized void setSilent(boolean silent) {
    this.silent = silent;
    notifyAll();
  }

  synchronized boolean isSilent() {
    return silent;
  }

  @Override
  public synchronized void awaitSound() throws InterruptedException {
    while (silent && !closed) {
      wait();
    }
  }

  void settle() {
    if (!isSilent()) {
      session.settle();
    }
  }

  void awaitEndIfSevered() throws InterruptedException {
    session.awaitEndIfSevered();
  }

  void close() {
    session.close();
  }

  @Override
  public void closed() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    proxy.closed(this);
  }
}
