package dev.dibs.testkit.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A history in a file is judged as the one that was in memory. */
class HistoryFileTest {
  private static final Pattern RECHECK =
      Pattern.compile("the same history again: Verdict.recheck\\(Path.of\\(\"(.+)\"\\)\\)");

  @TempDir private Path directory;

  /** Something of everything, and a task that two claimers hold. */
  private static Script broken() {
    Script script = new Script(7).key(4, 1).key(5, 1);
    for (int task = 0; task < 4; task++) {
      script.enqueue(task, -20 + task, -10, 0, Answer.OK);
    }
    script.enqueue(4, -10, -9, 7, Answer.OK).passOver(5, -9, -8);
    script.rollBack(script.enqueueInTransaction(6, -7, -6), -5, -4);
    script.commit(script.enqueueInTransaction(6, -3, -2), -1, 0, Answer.OK);
    script.hold(3, 1, 5).sighted(Rule.BLOCKED, 4);
    script.history().injected(Map.of(Fault.HELD_ROW, 1L));
    long first = script.claim(0, 1, 2, 0, 1);
    script.claim(1, 3, 4, 0, 1);
    script.write(first, Kind.RETRY, 5_000, 5, 6, Answer.OK);
    long second = script.claim(0, 7, 8, 2, Script.ONE_TYPE, 1, 1, 2, 1);
    script.write(second, Kind.EXTEND, 7, 9, 10, Answer.UNKNOWN);
    script.complete(second, 11, 12);
    script.write(Script.next(second), Kind.COMPLETE, 13, 14, Answer.LEASE_LOST);
    script.empty(2, 15, 16, Script.BOTH_TYPES);
    script.claimAlone(2, 17, 18, 6, 3);
    script.failedClaim(2, 19, 20);
    script.lostClaim(2, 21);
    return script.end(0, Status.PROCESSING).end(1, Status.COMPLETED).endAbsent(3);
  }

  @Test
  void recheck_writtenHistory_isTheSameVerdict() throws IOException {
    Path file = directory.resolve("history.jsonl");
    Verdict verdict = Verdict.of(broken().history(), Optional.of(file));
    Verdict again = Verdict.recheck(file);

    assertThat(verdict.count(Rule.DUPLICATE_ATTEMPT)).isEqualTo(1);
    assertThat(withoutFile(again)).isEqualTo(withoutFile(verdict));

    Path copy = directory.resolve("copy.jsonl");
    HistoryWriter.write(HistoryReader.read(List.of(file)), copy);
    assertThat(copy).hasSameTextualContentAs(file);
  }

  @Test
  void toString_brokenRule_namesAFileThatIsJudgedTheSame() {
    Verdict verdict = Verdict.of(broken().history(), Optional.empty());
    Matcher line = RECHECK.matcher(verdict.toString());

    assertThat(line.find()).isTrue();
    Verdict again = Verdict.recheck(Path.of(line.group(1)));
    assertThat(withoutFile(again)).isEqualTo(withoutFile(verdict));
  }

  @Test
  void toString_keptAsEdn_doesNotOfferToJudgeIt() {
    Path file = directory.resolve("history.edn");
    Verdict verdict = Verdict.of(broken().history(), Optional.of(file));

    assertThat(verdict.toString())
        .contains("the history, for other tools: " + file)
        .doesNotContain("recheck");
  }

  @Test
  void write_edn_hasTheKeysOfJepsen() throws IOException {
    Path file = directory.resolve("history.edn");
    Verdict.of(broken().history(), Optional.of(file));

    assertThat(Files.readAllLines(file))
        .contains(
            "{:process 0, :type :ok, :f :enqueue, :time -8000000, :value {:skipped"
                + " [\"00000000-0000-7000-8000-000000000005\"]}}",
            "{:process 1, :type :invoke, :f :claim, :time 1000000, :value {:limit 10, :lease"
                + " 1000000000, :types [\"one\" \"two\"]}}",
            "{:process 0, :type :ok, :f :commit, :time 0, :value nil}",
            "{:process 3, :type :fail, :f :claim, :time 20000000, :value nil}");
  }

  /** A process that is killed while it writes. */
  @Test
  void recheck_lastLineCutOff_isReadWithoutIt() throws IOException {
    Path file = directory.resolve("history.jsonl");
    Script script = new Script(1).preload();
    script.lostClaim(0, 3);
    HistoryWriter.write(script.history(), file);
    String text = Files.readString(file);
    Files.writeString(file, text.substring(0, text.indexOf("\"claim\"") + 20));

    assertThat(Verdict.recheck(file).operations()).isEqualTo(1);
  }

  @Test
  void recheck_noHistory_isRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("other.json"), "{\"a\": 1}\n{}\n");

    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> Verdict.recheck(file))
        .withMessageContaining("No history in");
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> Verdict.recheck(directory.resolve("absent")));
  }

  private static String withoutFile(Verdict verdict) {
    return verdict.toString().replaceFirst("Path.of\\(.*", "…");
  }
}
