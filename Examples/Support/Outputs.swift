import ArgumentParser
import Foundation
import GraftFiles

/// Sees to it that a program replaces no file but its own.
///
/// The one rule of all programs: what is there already is replaced if the program recognises it as its own, or if it is empty;
/// else only if `--overwrite` says so. A file that is read in the same call is never replaced, by whatever name or link it
/// goes, and neither are folders and devices.
public struct OverwriteOptions: ParsableArguments {
  /// Whether any file that is not read may be replaced.
  @Flag(help: "Also replace existing files that this program did not make.")
  public var overwrite = false

  /// As the command line sets it.
  public init() {}

  /// Makes sure that a file may be written, before anything is computed.
  ///
  /// - Parameters:
  ///   - output: what will be written.
  ///   - option: what names it on the command line.
  ///   - inputs: what is read.
  ///   - isOwn: whether the program has made what is there.
  /// - Throws: `ValidationError`.
  public func check(
    _ output: URL, namedBy option: String = "--output", against inputs: [URL],
    isOwn: (Bytes) -> Bool = { _ in false }
  ) throws {
    let name = output.shownRelativePath
    guard FileSystem.exists(output) else { return }
    let kind = FileSystem.kind(of: output)
    guard kind != .folder, kind != .other else {
      throw ValidationError(
        "\(name): this is a \(kind == .folder ? "folder" : "device"), and a file is to be written: name a file with "
          + "\(option).")
    }
    if let identity = FileSystem.identity(of: output),
      let input = inputs.first(where: { FileSystem.identity(of: $0) == identity })
    {
      let other = input.pathBytes == output.pathBytes ? "" : " as \(input.shownRelativePath)"
      throw ValidationError(
        "\(name): this file is to be read\(other), and would be replaced: name another one with \(option).")
    }
    if let end = FileSystem.brokenLink(at: output) {
      throw ValidationError(
        "\(name): this is a symbolic link that leads \(end): name another file with \(option), or mend the link."
      )
    }
    if overwrite { return }
    let existing = kind == .file ? try? Bytes(contentsOf: output) : nil
    if let existing, existing.count == 0 || isOwn(existing) { return }
    throw ValidationError(
      "\(name): this file exists, and this program does not recognise it as its own: name another one with \(option), or "
        + "replace it with --overwrite.")
  }
}

/// A folder for several files. A mark in it shows that a program of this package wrote to it.
public struct OutputFolder {
  private let folder: URL
  private static let mark = FileName(".graft-output")

  /// Names a folder, which need not be there.
  public init(_ folder: URL) { self.folder = folder }

  /// Makes sure that only a program's own files are replaced in the folder, before anything is computed.
  ///
  /// - Parameters:
  ///   - names: what is written to the folder, files and folders.
  ///   - isOwn: whether the program has made what is there, though without a mark.
  ///   - overwrites: whether it may be replaced in any case.
  /// - Throws: `ValidationError`.
  public func check(names: [String], isOwn: () -> Bool, overwrites: Bool) throws {
    guard String(validating: folder.pathBytes, as: UTF8.self) != nil else {
      throw ValidationError(
        "\(folder.shownRelativePath): a folder for many files must have a name in UTF-8: name another one with --output."
      )
    }
    guard !overwrites, FileSystem.kind(of: folder) == .folder else { return }
    let own = Set(names.map { FileName($0) })
    let present = try FileSystem.names(in: folder)
    guard !present.contains(Self.mark), let first = present.first(where: own.contains), !isOwn() else {
      return
    }
    throw ValidationError(
      "\(folder.appending(first).shownRelativePath): this exists, and this program does not recognise it as its own: name another "
        + "folder with --output, or replace what is in it with --overwrite.")
  }

  /// Marks the folder, and makes it if it does not exist.
  public func claim() throws {
    let mark = folder.appending(Self.mark)
    if FileSystem.exists(mark) { return }
    try AtomicFile.write("Graft's programs may replace what they have written to this folder.\n", to: mark)
  }
}
