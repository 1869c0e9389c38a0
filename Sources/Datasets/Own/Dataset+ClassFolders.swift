import Foundation
import GraftFiles
import GraftImages

extension Dataset {
  /// Pictures of your own, in one folder for each class, named after it:
  ///
  /// ```
  /// pets/cat/tom.jpg
  /// pets/dog/laika.png
  /// ```
  /// Classes and pictures are in the order of their names, capital letters first; a sample is called `cat/tom.jpg`. Files that are
  /// not called `.jpg`, `.jpeg`, `.png`, `.ppm` or `.pgm`, in small or capital letters, are left alone.
  ///
  /// ```swift
  /// let pets = try Dataset(classFolders: URL(filePath: "pets"))
  /// let parts = try pets.split(.random(0.2, seed: 7, stratified: true))
  /// ```
  /// - Parameters:
  ///   - directory: the folder of the folders.
  ///   - name: that of the folder by default.
  /// - Throws: ``DatasetError`` if there are fewer than two classes, or one has no pictures.
  public init(classFolders directory: URL, name: String? = nil) throws {
    let folders = try Folder.names(in: directory).filter { Folder.isFolder(directory.appending($0)) }
    guard folders.count >= 2 else {
      throw DatasetError(
        directory,
        "there should be a folder for each class here, two at least, and there are \(folders.count)",
        remedy: "Sort the pictures into one folder for each class, named after it.")
    }
    let samples = try folders.enumerated().flatMap { label, name in
      let folder = directory.appending(name)
      let pictures = try Folder.pictures(in: folder)
      guard !pictures.isEmpty else {
        throw DatasetError(
          folder, "this class has no pictures",
          remedy:
            "Put some in, or remove the folder. Pictures end in \(Folder.pictureEndings.joined(separator: ", "))."
        )
      }
      return pictures.map { file in
        Sample(
          identifier: "\(name.identifier)/\(file.fileName.identifier)", picture: Content(contentsOf: file),
          target: .label(label))
      }
    }
    self.init(
      name: name ?? directory.fileName.description, targets: .labels(folders.map(\.identifier)),
      samples: samples)
  }
}
