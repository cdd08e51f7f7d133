package dev.dibs.it;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * A Java agent that sets the clock of a JVM wrong: in the classes of Dibs, the driver and the pool,
 * what asks the JDK for the time asks the method of the same name here. Public because those
 * classes must see it.
 */
public final class SkewedClock {
  private static final String HERE = "dev/dibs/it/SkewedClock";
  private static final Set<String> ASKED =
      Set.of(
          "java/lang/System.currentTimeMillis",
          "java/time/Instant.now",
          "java/time/Clock.systemUTC",
          "java/time/Clock.systemDefaultZone",
          "java/time/Clock.system",
          "java/time/InstantSource.system");

  private static volatile Duration skew = Duration.ZERO;

  private SkewedClock() {}

  /** The option for a JVM whose clock shall be off by so much; makes the agent's jar. */
  static String option(Path directory, Duration skew) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", SkewedClock.class.getName());
    Path jar = Files.createTempFile(directory, "skewed-clock-", ".jar");
    // The manifest alone: the class is on the child's class path.
    try (OutputStream file = Files.newOutputStream(jar)) {
      new JarOutputStream(file, manifest).close();
    }
    return "-javaagent:" + jar + "=" + skew;
  }

  /** Called by the JVM before the main method. */
  public static void premain(String option, Instrumentation instrumentation) {
    skew = Duration.parse(option);
    instrumentation.addTransformer(new Rewriting());
  }

  /** Instead of {@link System#currentTimeMillis()}. */
  public static long currentTimeMillis() {
    return System.currentTimeMillis() + skew.toMillis();
  }

  /** Instead of {@link Instant#now()}. */
  public static Instant now() {
    return Instant.now().plus(skew);
  }

  /** Instead of {@link Instant#now(Clock)}: a clock that was asked for here is wrong already. */
  public static Instant now(Clock clock) {
    return Instant.now(clock);
  }

  /** Instead of {@link Clock#systemUTC()}. */
  public static Clock systemUTC() {
    return Clock.offset(Clock.systemUTC(), skew);
  }

  /** Instead of {@link Clock#systemDefaultZone()}. */
  public static Clock systemDefaultZone() {
    return Clock.offset(Clock.system(ZoneId.systemDefault()), skew);
  }

  /** Instead of {@link Clock#system(ZoneId)}. */
  public static Clock system(ZoneId zone) {
    return Clock.offset(Clock.system(zone), skew);
  }

  /** Instead of {@link InstantSource#system()}. */
  public static InstantSource system() {
    return Clock.offset(Clock.systemUTC(), skew);
  }

  private static boolean isAsked(String owner, String name) {
    return ASKED.contains(owner + "." + name);
  }

  private static final class Rewriting implements ClassFileTransformer {
    @Override
    public byte[] transform(
        ClassLoader loader, String name, Class<?> loaded, ProtectionDomain domain, byte[] bytes) {
      if (name == null
          || name.equals(HERE)
          || Stream.of("dev/dibs/", "org/postgresql/", "com/zaxxer/").noneMatch(name::startsWith)) {
        return null;
      }
      try {
        ClassReader reader = new ClassReader(bytes);
        ClassWriter writer = new ClassWriter(reader, 0);
        reader.accept(new AsksHere(writer), 0);
        return writer.toByteArray();
      } catch (RuntimeException e) {
        // The JVM would go on with a class whose clock is right, and the test would prove nothing.
        e.printStackTrace();
        Runtime.getRuntime().halt(1);
        return null;
      }
    }
  }

  private static final class AsksHere extends ClassVisitor {
    AsksHere(ClassVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String type, String signature, String[] exceptions) {
      MethodVisitor next = super.visitMethod(access, name, type, signature, exceptions);
      return new MethodVisitor(Opcodes.ASM9, next) {
        @Override
        public void visitMethodInsn(
            int opcode, String owner, String name, String type, boolean isInterface) {
          boolean here = isAsked(owner, name);
          super.visitMethodInsn(opcode, here ? HERE : owner, name, type, !here && isInterface);
        }

        @Override
        public void visitInvokeDynamicInsn(
            String name, String type, Handle bootstrap, Object... arguments) {
          Object[] rewritten =
              Stream.of(arguments)
                  .map(a -> a instanceof Handle handle ? here(handle) : a)
                  .toArray();
          super.visitInvokeDynamicInsn(name, type, bootstrap, rewritten);
        }
      };
    }

    /** A reference to a method, as in {@code Instant::now}. */
    private static Handle here(Handle asked) {
      return isAsked(asked.getOwner(), asked.getName())
          ? new Handle(asked.getTag(), HERE, asked.getName(), asked.getDesc(), false)
          : asked;
    }
  }
}
