import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.apache.iceberg.Files;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;

/** Files of this machine by {@code file://} locations, which stay as they were given. */
public class LocalFiles implements FileIO {
  private static File file(String location) {
    return new File(location.replaceFirst("^file:/+", "/"));
  }

  @Override
  public InputFile newInputFile(String location) {
    InputFile inner = Files.localInput(file(location));
    return new InputFile() {
      @Override
      public long getLength() {
        return inner.getLength();
      }

      @Override
      public SeekableInputStream newStream() {
        return inner.newStream();
      }

      @Override
      public String location() {
        return location;
      }

      @Override
      public boolean exists() {
        return inner.exists();
      }
    };
  }

  @Override
  public OutputFile newOutputFile(String location) {
    OutputFile inner = Files.localOutput(file(location));
    return new OutputFile() {
      @Override
      public PositionOutputStream create() {
        return inner.create();
      }

      @Override
      public PositionOutputStream createOrOverwrite() {
        return inner.createOrOverwrite();
      }

      @Override
      public String location() {
        return location;
      }

      @Override
      public InputFile toInputFile() {
        return newInputFile(location);
      }
    };
  }

  @Override
  public void deleteFile(String location) {
    try {
      java.nio.file.Files.delete(Path.of(file(location).getPath()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
