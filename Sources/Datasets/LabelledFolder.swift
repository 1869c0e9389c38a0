import Foundation
import GraftFiles
import GraftImages
import GraftTensor

/// Pictures of your own: a folder with one folder for each class.
///
/// ```
/// pets/cat/tom.jpg
/// pets/dog/laika.png
/// ```
/// Classes and pictures are in the order of their names, capital letters first. Files that are not called `.jpg`, `.jpeg`, `.png`,
/// `.ppm` or `.pgm`, in small or capital letters, are left alone.
public struct LabelledFolder: PictureDataset {
  /// The name of the folder, if no other was given.
  public let name: String
  /// The names of the folders, one for each class.
  public let classNames: [String]

  private let samples: [(file: URL, label: Int)]

  /// Looks what is there.
  ///
  /// - Throws: ``DatasetError`` if there are fewer than two classes, or one has no pictures.
  public init(directory: URL, name: String? = nil) throws {
    self.name = name ?? directory.fileName.description
    let folders = try Folder.names(in: directory).filter { Folder.isFolder(directory.appending($0)) }
    classNames = folders.map(\.identifier)
    guard folders.count >= 2 else {
      throw DatasetError(
        directory,
        "there should be a folder for each class here, two at least, and there are \(folders.count)",
        remedy: "Sort the pictures into one folder for each class, named after it.")
    }
    samples = try folders.enumerated().flatMap { label, name in
      let folder = directory.appending(name)
      let pictures = try Folder.names(in: folder).filter { Self.endings.contains($0.ending) }
        .map(folder.appending).filter(Folder.isFile)
      guard !pictures.isEmpty else {
        throw DatasetError(
          folder, "this class has no pictures",
          remedy:
            "Put some in, or remove the folder. Pictures end in \(Self.endings.joined(separator: ", ")).")
      }
      return pictures.map { ($0, label) }
    }
  }

  /// How many pictures there are.
  public var count: Int { samples.count }
  /// Class and file, such as `cat/tom.jpg`.
  public func identifier(at index: Int) -> String {
    "\(classNames[samples[index].label])/\(samples[index].file.fileName.identifier)"
  }
  /// The decoded picture.
  public func picture(at index: Int) throws -> Picture { try Picture(contentsOf: samples[index].file) }
  /// SHA-256 of the file.
  public func pictureDigest(at index: Int) throws -> String { try SHA256.digest(of: samples[index].file) }
  /// The number of the class: an int32 scalar.
  public func target(at index: Int) throws -> Tensor {
    Tensor(shape: [], integers: [Int32(samples[index].label)])
  }

  private static let endings = ["jpg", "jpeg", "png", "ppm", "pgm"]
}
