package dev.dibs.testkit;

import dev.dibs.Outcome;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * The queue in memory with one status or outcome put in the place of another: the wrong end of a
 * transition, or the wrong begin.
 *
 * @param type the class that is changed
 * @param site which mention of a constant in it, counted from 0; -1 for none
 * @param constant what stands there instead
 */
record StatusMutant(Class<?> type, int site, String constant) {

  /** What an operator does by hand is no part of the contract; its own tests have it. */
  private static final String BY_HAND = "putBack";

  private static final List<Class<?>> MUTATED =
      List.of(Model.class, ModelTask.class, InMemoryTaskAdmin.class);

  /** The queue as it is. */
  static StatusMutant none() {
    return new StatusMutant(Model.class, -1, "");
  }

  /** Every other constant at every place where one is mentioned. */
  static List<StatusMutant> all() {
    List<StatusMutant> all = new ArrayList<>();
    for (Class<?> type : MUTATED) {
      Mutation mentions = new Mutation(new ClassWriter(0), none());
      new ClassReader(bytes(type.getName())).accept(mentions, 0);
      for (int site = 0; site < mentions.found.size(); site++) {
        String[] found = mentions.found.get(site).split("\\.", -1);
        Enum<?>[] constants = found[0].equals("Status") ? Status.values() : Outcome.values();
        for (Enum<?> constant : constants) {
          if (!constant.name().equals(found[1])) {
            all.add(new StatusMutant(type, site, constant.name()));
          }
        }
      }
    }
    return all;
  }

  /** An empty queue on this clock. */
  TaskQueue queue(InstantSource clock) {
    try {
      return (TaskQueue)
          new Loader()
              .loadClass(InMemoryTaskQueue.class.getName())
              .getMethod("create", InstantSource.class)
              .invoke(null, clock);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    if (site < 0) {
      return "no mutant";
    }
    Mutation mentions = new Mutation(new ClassWriter(0), none());
    new ClassReader(bytes(type.getName())).accept(mentions, 0);
    return type.getSimpleName()
        + "."
        + mentions.methods.get(site)
        + ": "
        + constant
        + " for "
        + mentions.found.get(site);
  }

  private static byte[] bytes(String name) {
    try (InputStream code =
        StatusMutant.class.getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
      return code.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Has the package's classes anew, one of them changed. */
  private final class Loader extends ClassLoader {
    private static final String PACKAGE = "dev.dibs.testkit.";

    Loader() {
      super(StatusMutant.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      boolean ours =
          name.startsWith(PACKAGE)
              && name.indexOf('.', PACKAGE.length()) < 0
              && !name.equals(Fuel.class.getName());
      Class<?> loaded = ours ? findLoadedClass(name) : super.loadClass(name, resolve);
      return loaded != null ? loaded : define(name);
    }

    private Class<?> define(String name) {
      ClassWriter code = new ClassWriter(ClassWriter.COMPUTE_MAXS);
      StatusMutant mutant = name.equals(type.getName()) ? StatusMutant.this : none();
      new ClassReader(bytes(name)).accept(new Mutation(code, mutant), 0);
      byte[] bytes = code.toByteArray();
      return defineClass(name, bytes, 0, bytes.length);
    }
  }

  /** Counts the mentions of constants, and replaces one. */
  private static final class Mutation extends ClassVisitor {
    private final StatusMutant mutant;
    private final List<String> found = new ArrayList<>();
    private final List<String> methods = new ArrayList<>();

    Mutation(ClassVisitor next, StatusMutant mutant) {
      super(Opcodes.ASM9, next);
      this.mutant = mutant;
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String method, String descriptor, String signature, String[] exceptions) {
      MethodVisitor next = super.visitMethod(access, method, descriptor, signature, exceptions);
      return new MethodVisitor(Opcodes.ASM9, next) {
        private final Set<Label> passed = new HashSet<>();

        @Override
        public void visitLabel(Label label) {
          passed.add(label);
          super.visitLabel(label);
        }

        @Override
        public void visitJumpInsn(int opcode, Label label) {
          if (passed.contains(label)) {
            super.visitMethodInsn(
                Opcodes.INVOKESTATIC, "dev/dibs/testkit/Fuel", "burn", "()V", false);
          }
          super.visitJumpInsn(opcode, label);
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String type) {
          String constant = name;
          boolean mentions =
              opcode == Opcodes.GETSTATIC
                  && (owner.equals("dev/dibs/Status") || owner.equals("dev/dibs/Outcome"));
          if (mentions && !method.equals(BY_HAND)) {
            if (found.size() == mutant.site) {
              constant = mutant.constant;
            }
            found.add(owner.substring("dev/dibs/".length()) + "." + name);
            methods.add(method);
          }
          super.visitFieldInsn(opcode, owner, constant, type);
        }
      };
    }
  }
}
