package dev.dibs.jdbc;

import java.util.UUID;

/** A task and the token that its row must have for a write to take effect. */
record Fence(UUID id, UUID token) {}
