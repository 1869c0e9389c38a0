import Foundation
import GraftFiles

/// What the classes of a network are called.
public enum ClassNames {
  /// Reads the names of classes, in the order of the logits.
  ///
  /// A text file has one name a line. A JSON file has an array of names, or Keras' `imagenet_class_index.json`: an object
  /// from each class's number to its WordNet identifier and its name.
  ///
  /// - Throws: ``ClassNamesError`` if it is neither, or a number is missing; `FileError` if it cannot be read.
  public static func names(contentsOf file: URL) throws -> [String] {
    let bytes = try Bytes(contentsOf: file)
    let data = Data(bytes.array)
    guard let text = bytes.text else {
      throw ClassNamesError(file: file, problem: "it is not UTF-8 text")
    }
    let first = text.first { !$0.isWhitespace }
    if first == "{" || first == "[" { return try names(inJSON: data, file) }
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let names = Array(lines.reversed().drop(while: \.isEmpty).reversed())
    guard !names.isEmpty else { throw ClassNamesError(file: file, problem: "it is empty") }
    // A blank line in the middle would give all later classes the names of others.
    if let blank = names.firstIndex(of: "") {
      throw ClassNamesError(file: file, problem: "its line \(blank + 1) is blank")
    }
    return names
  }

  private static func names(inJSON data: Data, _ file: URL) throws -> [String] {
    if let list = try? JSONDecoder().decode([String].self, from: data), !list.isEmpty { return list }
    guard let index = try? JSONDecoder().decode([String: [String]].self, from: data), !index.isEmpty else {
      throw ClassNamesError(
        file: file, problem: "it is neither an array of names nor an object like imagenet_class_index.json")
    }
    return try (0..<index.count).map { number in
      guard let name = index["\(number)"]?.last else {
        throw ClassNamesError(
          file: file, problem: "it has \(index.count) classes, and none of the number \(number)")
      }
      return name
    }
  }
}

/// A file that does not name classes.
public struct ClassNamesError: LocalizedError, CustomStringConvertible {
  /// The file that cannot be used.
  public let file: URL
  /// What is wrong with it.
  public let problem: String

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What is wrong, and what to do.
  public var description: String {
    "\(file.shownRelativePath): \(problem), so it does not name classes. Give a text file with one name a line, in the order of "
      + "the network's outputs, or Keras' imagenet_class_index.json."
  }
}
