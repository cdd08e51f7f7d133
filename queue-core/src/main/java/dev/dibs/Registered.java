package dev.dibs;

/** A handler and how the tasks of its type are treated. */
record Registered(Handler handler, HandlerOptions options) {}
