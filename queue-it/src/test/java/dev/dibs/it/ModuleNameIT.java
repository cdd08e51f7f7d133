package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.InMemoryTaskQueue;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jars on the module path: without a name of their own it would follow from the file's. */
class ModuleNameIT {
  @ParameterizedTest
  @ValueSource(classes = {TaskQueue.class, PostgresTaskQueue.class, InMemoryTaskQueue.class})
  void jar_asAModule_hasTheNameOfItsPackage(Class<?> member) throws URISyntaxException {
    Path jar = Path.of(member.getProtectionDomain().getCodeSource().getLocation().toURI());
    Set<ModuleReference> modules = ModuleFinder.of(jar).findAll();
    assertThat(modules)
        .as("%s", jar)
        .extracting(module -> module.descriptor().name())
        .containsExactly(member.getPackageName());
  }
}
