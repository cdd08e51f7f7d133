package dev.dibs.testkit.storm;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How an {@link Event} is written as a line, and read again. */
enum EventFormat {
  /** One JSON object a line. */
  JSON_LINES {
    @Override
    String write(Event event) throws IOException {
      StringWriter line = new StringWriter();
      try (JsonGenerator json = JSON.createGenerator(line)) {
        json.writeStartObject();
        if (event.process() < 0) {
          json.writeStringField(PROCESS, who(event));
        } else {
          json.writeNumberField(PROCESS, event.process());
        }
        json.writeStringField(TYPE, event.type());
        json.writeStringField(F, event.f());
        json.writeNumberField(TIME, event.time());
        json.writeFieldName(VALUE);
        writeJson(json, event.value());
        json.writeEndObject();
      }
      return line.toString();
    }
  },

  /** One EDN map a line, with the keys that Jepsen's and Elle's histories have. */
  EDN {
    @Override
    String write(Event event) {
      String process = event.process() < 0 ? ":" + who(event) : event.process() + "";
      return String.format(
          "{:process %s, :type :%s, :f :%s, :time %d, :value %s}",
          process, event.type(), event.f(), event.time(), edn(event.value()));
    }
  };

  /** EDN if the file's name ends so, else lines of JSON. */
  static EventFormat of(Path file) {
    return file.toString().endsWith(".edn") ? EDN : JSON_LINES;
  }

  private static final JsonFactory JSON = new JsonFactory();
  private static final String PROCESS = "process";
  private static final String STORM = "storm";
  private static final String HOLDER = "holder";
  private static final String TYPE = "type";
  private static final String F = "f";
  private static final String TIME = "time";
  private static final String VALUE = "value";

  /** The line, without its end. */
  abstract String write(Event event) throws IOException;

  /** The event of a line of JSON. */
  static Event read(String line) throws IOException {
    try (JsonParser json = JSON.createParser(line)) {
      json.nextToken();
      if (!(readJson(json) instanceof Map<?, ?> map)
          || !(map.get(TYPE) instanceof String type)
          || !(map.get(F) instanceof String f)
          || !(map.get(TIME) instanceof Long time)) {
        throw new IOException("Not a line of a storm's history: " + line);
      }
      return new Event(process(map.get(PROCESS)), type, f, time, map.get(VALUE));
    }
  }

  private static int process(@Nullable Object value) {
    if (value instanceof Long number) {
      return number.intValue();
    }
    return HOLDER.equals(value) ? Event.HOLDER : Event.STORM;
  }

  private static String who(Event event) {
    return event.process() == Event.HOLDER ? HOLDER : STORM;
  }

  private static void writeJson(JsonGenerator json, @Nullable Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName(entry.getKey().toString());
        writeJson(json, entry.getValue());
      }
      json.writeEndObject();
    } else if (value instanceof List<?> list) {
      json.writeStartArray();
      for (Object item : list) {
        writeJson(json, item);
      }
      json.writeEndArray();
    } else if (value instanceof Number number) {
      json.writeNumber(number.longValue());
    } else if (value instanceof Boolean bool) {
      json.writeBoolean(bool);
    } else if (value == null) {
      json.writeNull();
    } else {
      json.writeString(value.toString());
    }
  }

  private static @Nullable Object readJson(JsonParser json) throws IOException {
    JsonToken token = json.currentToken();
    if (token == null) {
      throw new IOException("The line ends too early");
    }
    return switch (token) {
      case START_OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
          String key = json.currentName();
          json.nextToken();
          map.put(key, readJson(json));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
          list.add(readJson(json));
        }
        yield list;
      }
      case VALUE_NUMBER_INT -> json.getLongValue();
      case VALUE_TRUE, VALUE_FALSE -> json.getBooleanValue();
      case VALUE_NULL -> null;
      default -> json.getText();
    };
  }

  private static String edn(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> ":" + entry.getKey() + " " + edn(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    } else if (value instanceof List<?> list) {
      return list.stream().map(EventFormat::edn).collect(Collectors.joining(" ", "[", "]"));
    } else if (value instanceof Number || value instanceof Boolean) {
      return value.toString();
    }
    return value == null
        ? "nil"
        : '"' + value.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
