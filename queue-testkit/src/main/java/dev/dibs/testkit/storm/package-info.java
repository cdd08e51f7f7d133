/** Many claimers at once, what they saw, and the rules that it is checked against. */
@NullMarked
package dev.dibs.testkit.storm;

import org.jspecify.annotations.NullMarked;
