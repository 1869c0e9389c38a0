import CFuzzer
import Foundation

// graft-fuzz NAME [option of libFuzzer | folder of inputs]…
// A crash, a hang or too much memory ends the run; errors that readers throw are what they are for.

nonisolated(unsafe) private var reader: Reader = { _ in }

guard let name = CommandLine.arguments.dropFirst().first, let chosen = readers[name] else {
  FileHandle.standardError.write(
    Data("Usage: graft-fuzz NAME [OPTION]…, with NAME of \(readers.keys.sorted())\n".utf8))
  exit(64)
}
reader = chosen

// libFuzzer takes the first argument for the program's name.
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
exit(
  LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    do {
      try reader([UInt8](UnsafeBufferPointer(start: data, count: size)))
    } catch {
      // Messages are made from what stands in the file, too.
      precondition(!"\(error)".isEmpty)
    }
    return 0
  })
