import Foundation

/// Ends the program with a sentence if the caller's own code is wrong, in release builds too (where Swift's
/// `precondition` says nothing).
///
/// For mistakes of the program only; what comes from a file, a user or the network throws an error.
package func require(
  _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #file, line: UInt = #line
) {
  if condition { return }
  misused(message(), file: file, line: line)
}

/// Ends the program with a sentence: the caller's own code is wrong.
package func misused(_ message: String, file: StaticString = #file, line: UInt = #line) -> Never {
  FileHandle.standardError.write(Data("\(file):\(line): \(message)\n".utf8))
  preconditionFailure(message, file: file, line: line)
}
