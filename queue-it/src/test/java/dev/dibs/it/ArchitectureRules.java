package dev.dibs.it;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The rules of docs/architecture.md; those about packages are for any root, so fixtures can break
 * them.
 */
final class ArchitectureRules {
  private static final Set<String> VAGUE =
      Set.of("util", "utils", "common", "impl", "internal", "model", "exceptions", "helpers");

  private ArchitectureRules() {}

  /** The testkit knows PostgreSQL, PostgreSQL knows the core; nothing the other way round. */
  static ArchRule arrowsPointOneWay(String root) {
    String jdbc = root + ".jdbc..";
    String testkit = root + ".testkit..";
    return CompositeArchRule.of(
            noClasses()
                .that()
                .resideInAPackage(root)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(jdbc, testkit))
        .and(
            noClasses()
                .that()
                .resideInAPackage(jdbc)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(testkit));
  }

  static ArchRule packagesHaveNoCycles(String root) {
    String parent = root.substring(0, root.lastIndexOf('.'));
    return slices().matching(parent + ".(**)").should().beFreeOfCycles();
  }

  static ArchRule coreNeedsOnlyJdkSlf4jAndJspecify(String root) {
    return classes()
        .that()
        .resideInAPackage(root)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(root, "java..", "javax.sql..", "org.slf4j", "org.jspecify.annotations");
  }

  static ArchRule publicSignaturesAreFreeOfJooq() {
    return classes().that(ARE_VISIBLE_TO_USERS).should(SHOW_NO_JOOQ);
  }

  static ArchRule nothingSleeps() {
    return noClasses()
        .should()
        .accessTargetWhere(
            target(name("sleep"))
                .and(target(owner(assignableTo(Thread.class).or(assignableTo(TimeUnit.class))))));
  }

  static ArchRule librariesDoNotPrint() {
    return CompositeArchRule.of(noClasses().should(ACCESS_STANDARD_STREAMS))
        .and(noClasses().should().dependOnClassesThat().resideInAPackage("java.util.logging.."));
  }

  static ArchRule packagesAreNamedForAConcept() {
    return classes()
        .should(
            new ArchCondition<>("be in a package that is named for a concept") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                boolean vague =
                    Stream.of(type.getPackageName().split("\\.", -1)).anyMatch(VAGUE::contains);
                events.add(new SimpleConditionEvent(type, !vague, type.getName()));
              }
            });
  }

  static ArchRule packagesAreNullMarked() {
    return classes()
        .should(
            new ArchCondition<>("be in a package with @NullMarked") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                boolean marked =
                    type.getPackage().isAnnotatedWith("org.jspecify.annotations.NullMarked");
                events.add(new SimpleConditionEvent(type, marked, type.getName()));
              }
            });
  }

  private static final DescribedPredicate<JavaClass> ARE_VISIBLE_TO_USERS =
      DescribedPredicate.describe("are visible to users", ArchitectureRules::isVisibleToUsers);

  private static final ArchCondition<JavaClass> SHOW_NO_JOOQ =
      new ArchCondition<>("show no jOOQ type in a signature") {
        @Override
        public void check(JavaClass type, ConditionEvents events) {
          Stream<JavaType> header =
              Stream.of(
                      type.getSuperclass().stream(),
                      type.getInterfaces().stream(),
                      type.getTypeParameters().stream())
                  .flatMap(types -> types);
          report(
              type.getName(),
              header.flatMap(t -> t.getAllInvolvedRawTypes().stream()),
              type,
              events);
          for (JavaMember member : type.getMembers()) {
            if (isVisible(member.getModifiers())) {
              report(member.getFullName(), typesOf(member), type, events);
            }
          }
        }
      };

  private static Stream<JavaClass> typesOf(JavaMember member) {
    if (member instanceof JavaField field) {
      return field.getAllInvolvedRawTypes().stream();
    }
    JavaCodeUnit unit = (JavaCodeUnit) member;
    return Stream.concat(unit.getAllInvolvedRawTypes().stream(), unit.getExceptionTypes().stream());
  }

  private static void report(
      String where, Stream<JavaClass> types, JavaClass type, ConditionEvents events) {
    types
        .filter(t -> t.getPackageName().startsWith("org.jooq"))
        .distinct()
        .forEach(
            t -> events.add(SimpleConditionEvent.violated(type, where + " shows " + t.getName())));
  }

  private static boolean isVisibleToUsers(JavaClass type) {
    return isVisible(type.getModifiers())
        && type.getEnclosingClass().map(ArchitectureRules::isVisibleToUsers).orElse(true);
  }

  private static boolean isVisible(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }
}
