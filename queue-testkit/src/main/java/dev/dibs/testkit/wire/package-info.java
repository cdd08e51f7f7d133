/** What stands between a client and its PostgreSQL: it counts, cuts and falls silent. */
@NullMarked
package dev.dibs.testkit.wire;

import org.jspecify.annotations.NullMarked;
