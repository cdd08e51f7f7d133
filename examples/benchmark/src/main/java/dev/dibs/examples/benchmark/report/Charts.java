package dev.dibs.examples.benchmark.report;

import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler;

/** The charts of a run, as PNG: medians, one bar or a group of bars for each variant. */
public final class Charts {
  private static final Color[] COLORS = {
    new Color(0x2F6DB5), new Color(0xE08A2E), new Color(0x6B9E4A)
  };

  /** A bar on a logarithmic scale needs something above zero. */
  private static final double LEAST_MILLIS = 0.01;

  private static final int PIXELS_OF_A_LETTER = 9;

  private final Results results;
  private final Path directory;

  private Charts(Results results, Path directory) {
    this.results = results;
    this.directory = directory;
  }

  /** Draws those whose workloads were run. */
  public static void draw(Results results, Path directory) throws IOException {
    Charts charts = new Charts(results, directory);
    charts.bars("drain", "Draining a full queue: tasks/s", Figure.RATE);
    charts.stacked("drain", "Draining a full queue: CPU, µs/task");
    charts.logarithmic("latency", "From commit to the handler's start, ms (logarithmic)");
    charts.shares("flat", "Drain rate as a share of the empty table's beside it", Figure.OF_EMPTY);
    charts.bars(
        "jvms", "Worker JVMs on one machine, 64 handlers at a time in all: tasks/s", Figure.RATE);
    charts.bars("enqueue-bulk", "Bulk enqueue: tasks/s", Figure.RATE);
  }

  private void bars(String workload, String title, Figure figure) throws IOException {
    List<String> variants = variants(workload, figure);
    if (!variants.isEmpty()) {
      CategoryChart chart = chart(title, variants, 1);
      add(chart, figure.label(), variants, v -> median(workload, v, figure));
      chart.getStyler().setLegendVisible(false);
      save(chart, workload);
    }
  }

  private void stacked(String workload, String title) throws IOException {
    List<String> variants = variants(workload, Figure.CLIENT_CPU);
    if (!variants.isEmpty()) {
      CategoryChart chart = chart(title, variants, 1);
      chart.getStyler().setLabelsVisible(false);
      chart.setXAxisTitle("in brackets: both together");
      List<String> labels =
          variants.stream()
              .map(v -> v + " (" + Figure.WAL.format(median(workload, v, Figure.BOTH_CPU)) + ")")
              .toList();
      for (Figure figure : List.of(Figure.SERVER_CPU, Figure.CLIENT_CPU)) {
        List<Double> values = variants.stream().map(v -> median(workload, v, figure)).toList();
        chart.addSeries(figure == Figure.SERVER_CPU ? "PostgreSQL" : "client", labels, values);
      }
      chart.getStyler().setStacked(true);
      save(chart, workload + "-cpu");
    }
  }

  private void logarithmic(String workload, String title) throws IOException {
    List<String> variants = variants(workload, Figure.P50);
    if (!variants.isEmpty()) {
      CategoryChart chart = chart(title, variants, 3);
      for (Figure figure : List.of(Figure.P50, Figure.P99, Figure.MAX)) {
        add(
            chart,
            figure.label().replace(", ms", ""),
            variants,
            v -> Math.max(LEAST_MILLIS, median(workload, v, figure)));
      }
      chart.getStyler().setYAxisLogarithmic(true);
      chart.getStyler().setYAxisMin(LEAST_MILLIS);
      save(chart, workload);
    }
  }

  private void shares(String workload, String title, Figure figure) throws IOException {
    List<String> variants = variants(workload, figure);
    if (!variants.isEmpty()) {
      CategoryChart chart = chart(title, variants, 1);
      add(chart, figure.label(), variants, v -> median(workload, v, figure) * 100);
      chart.getStyler().setLegendVisible(false);
      chart.getStyler().setYAxisDecimalPattern("0 '%'");
      save(chart, workload);
    }
  }

  private List<String> variants(String workload, Figure figure) {
    return results.variants(workload).stream()
        .filter(variant -> results.median(workload, variant, figure).isPresent())
        .toList();
  }

  private double median(String workload, String variant, Figure figure) {
    OptionalDouble median = results.median(workload, variant, figure);
    return median.orElse(0);
  }

  private static CategoryChart chart(String title, List<String> variants, int bars) {
    int width = Math.max(900, (bars == 1 ? 130 : 210) * variants.size());
    int longest = variants.stream().mapToInt(String::length).max().orElse(0);
    boolean crowded = longest * PIXELS_OF_A_LETTER > width / variants.size();
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(width)
            .height(crowded ? 640 : 500)
            .title(title)
            .theme(Styler.ChartTheme.XChart)
            .build();
    CategoryStyler styler = chart.getStyler();
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setSeriesColors(COLORS);
    styler.setAvailableSpaceFill(0.6);
    styler.setLabelsVisible(true);
    styler.setLabelsPosition(1.04);
    styler.setLabelsFontColorAutomaticEnabled(false);
    styler.setLabelsFontColor(Color.BLACK);
    styler.setLegendPosition(Styler.LegendPosition.OutsideS);
    styler.setLegendLayout(Styler.LegendLayout.Horizontal);
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    styler.setLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    styler.setXAxisLabelRotation(crowded ? 30 : 0);
    styler.setYAxisDecimalPattern("#,###.##");
    return chart;
  }

  private static void add(
      CategoryChart chart, String name, List<String> variants, ToDoubleFunction<String> value) {
    List<Double> values = new ArrayList<>();
    variants.forEach(variant -> values.add(rounded(value.applyAsDouble(variant))));
    chart.addSeries(name, variants, values);
  }

  /** To three digits, so that the labels stay short. */
  private static double rounded(double value) {
    return value == 0 ? 0 : new BigDecimal(value).round(new MathContext(3)).doubleValue();
  }

  private void save(CategoryChart chart, String name) throws IOException {
    try (OutputStream file = Files.newOutputStream(directory.resolve(name + ".png"))) {
      ChartEncoder.saveChart(chart, file, "png");
    }
  }
}
