import ArgumentParser
import ExampleSupport
import Foundation
import GraftFiles
import GraftImages

/// The pictures to be done, each once, and what the outputs of each are called.
struct PictureList {
  /// A picture.
  struct Entry {
    let file: URL
    /// What its outputs begin with; no two pictures have the same.
    let name: FileName
  }

  /// The program that the outputs name as their maker.
  static let maker = "Graft segment-faces"
  private static let endings: Set = ["jpg", "jpeg", "png", "pbm", "pgm", "ppm", "pnm"]
  private static let suffixes = ["mask", "probability", "overlay"]
  /// Bytes for a number that tells two names apart, and for the longest suffix with its ending.
  private static let room = "-1000000".utf8.count + "-probability.png".utf8.count

  let entries: [Entry]

  /// Takes files as they are, and of folders the pictures in them, by name.
  ///
  /// - Parameters:
  ///   - inputs: files and folders.
  ///   - output: the folder to write to, which may not allow names that are as long as a picture's with a suffix.
  init(_ inputs: [URL], for output: URL) throws {
    var files: [URL] = []
    var known: Set<[UInt8]> = []
    for input in inputs {
      for file in try Self.files(of: input) where known.insert(Self.place(file)).inserted {
        files.append(file)
      }
    }
    let longest = FileSystem.longestName(in: output)
    // Some file systems take capitals and small letters for the same, and both forms of an accent; so does this.
    var taken: Set<String> = []
    entries = files.map { file in
      let whole = file.fileName.stem
      let stem = whole.bytes.count + Self.room <= longest ? whole : whole.prefix(longest - Self.room)
      var (name, number) = (stem, 1)
      while !taken.insert(name.description.lowercased()).inserted {
        number += 1
        name = stem + "-\(number)"
      }
      return Entry(file: file, name: name)
    }
  }

  private static func files(of input: URL) throws -> [URL] {
    guard FileSystem.kind(of: input) == .folder else { return [input] }
    let found = try FileSystem.names(in: input)
      .filter { endings.contains($0.ending) && !$0.isHidden }
      .map(input.appending)
    guard !found.isEmpty else {
      throw ValidationError(
        "\(input.shownRelativePath): there are no JPEG, PNG or Netpbm files in this folder.")
    }
    let pictures = found.filter { !isOwn($0) }
    guard !pictures.isEmpty else {
      throw ValidationError(
        "\(input.shownRelativePath): all pictures in this folder are masks and overlays that this program made."
      )
    }
    return pictures
  }

  private static func isOwn(_ file: URL) -> Bool {
    file.fileName.ending == "png" && ((try? Bytes(contentsOf: file)).map(isOwn) ?? false)
  }

  private static func isOwn(_ bytes: Bytes) -> Bool { Picture.software(ofPNG: bytes) == maker }

  /// Where a file lies, whatever links lead there; its path if it is not there.
  private static func place(_ file: URL) -> [UInt8] {
    FileSystem.realPath(of: file) ?? file.pathBytes
  }

  static func output(_ name: FileName, _ suffix: String, in folder: URL) -> URL {
    folder.appending(name + "-\(suffix).png")
  }

  /// Makes sure that no picture is replaced, be it another input or somebody else's.
  func refuseOverwriting(in folder: URL, model: URL, _ overwriting: OverwriteOptions) throws {
    let inputs = entries.map(\.file) + [model]
    for entry in entries {
      for suffix in Self.suffixes {
        let output = Self.output(entry.name, suffix, in: folder)
        // Most of them are new.
        guard FileSystem.exists(output) else { continue }
        try overwriting.check(output, against: inputs, isOwn: Self.isOwn)
      }
    }
  }
}
