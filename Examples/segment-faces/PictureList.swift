import ArgumentParser
import Foundation

/// The pictures to be done, each once, and what the outputs of each are called.
struct PictureList {
  /// A picture.
  struct Entry {
    let file: URL
    /// What its outputs begin with; no two pictures have the same.
    let name: String
  }

  private static let fileTypes: Set = ["jpg", "jpeg", "png", "pbm", "pgm", "ppm", "pnm"]
  private static let suffixes = ["mask", "probability", "overlay"]

  let entries: [Entry]

  /// Takes files as they are, and of folders the pictures in them, by name.
  init(_ inputs: [URL]) throws {
    var files: [URL] = []
    var known: Set<String> = []
    for input in inputs {
      for file in try Self.files(of: input) where known.insert(Self.place(file)).inserted {
        files.append(file)
      }
    }
    // Some file systems take capitals and small letters for the same.
    var taken: Set<String> = []
    entries = files.map { file in
      let stem = file.deletingPathExtension().lastPathComponent
      var (name, number) = (stem, 1)
      while !taken.insert(name.lowercased()).inserted {
        number += 1
        name = "\(stem)-\(number)"
      }
      return Entry(file: file, name: name)
    }
  }

  private static func files(of input: URL) throws -> [URL] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: input.path, isDirectory: &isFolder), isFolder.boolValue
    else {
      return [input]
    }
    let found = try FileManager.default.contentsOfDirectory(at: input, includingPropertiesForKeys: nil)
      .filter {
        fileTypes.contains($0.pathExtension.lowercased()) && !$0.lastPathComponent.hasPrefix(".")
      }
    guard !found.isEmpty else {
      throw ValidationError("\(input.path): there are no JPEG, PNG or Netpbm files in this folder.")
    }
    return found.sorted { $0.lastPathComponent < $1.lastPathComponent }
  }

  private static func place(_ file: URL) -> String { file.resolvingSymlinksInPath().standardizedFileURL.path }

  static func output(_ name: String, _ suffix: String, in folder: URL) -> URL {
    folder.appendingPathComponent("\(name)-\(suffix).png")
  }

  /// Makes sure that no picture is replaced by the output of another.
  func refuseOverwriting(in folder: URL) throws {
    let inputs = Set(entries.map { Self.place($0.file) })
    for entry in entries {
      for suffix in Self.suffixes {
        let output = Self.output(entry.name, suffix, in: folder)
        guard inputs.contains(Self.place(output)) else { continue }
        throw ValidationError(
          "\(output.path): this picture would be replaced by the \(suffix) of \(entry.file.lastPathComponent): name "
            + "another --output, or leave it out.")
      }
    }
  }
}
