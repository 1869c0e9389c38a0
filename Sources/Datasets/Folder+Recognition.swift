import Foundation
import GraftFiles

/// Data sets whose folders are told by what lies in them, so that a folder given in another's place is named.
private let signs: [(name: String, paths: [String])] = [
  ("CelebA", ["list_attr_celeba.txt", "list_attr_celeba.csv", "Anno", "img_align_celeba"]),
  ("LFW Part Labels", ["parts_lfw_funneled_gt_images", "lfw_funneled", "parts_train.txt"]),
  ("HELEN", ["exemplars.txt", "SmithCVPR2013_dataset_resized", "SmithCVPR2013_dataset_original"]),
  ("Adience", ["fold_0_data.txt"]),
]

extension Folder {
  /// An error about a folder that lacks what a data set needs.
  ///
  /// - Parameters:
  ///   - directory: the folder.
  ///   - name: the data set that was looked for.
  ///   - remedy: what it should hold, as whole sentences.
  static func unfit(_ directory: URL, for name: String, remedy: String) -> DatasetError {
    if let end = FileSystem.brokenLink(at: directory) {
      return DatasetError(
        directory, "this is a symbolic link that leads \(end)",
        remedy: "Name the folder itself, or mend the link.")
    }
    guard isFolder(directory) else {
      let isFile = isFile(directory)
      return DatasetError(
        directory, isFile ? "this is a file, and a folder is wanted" : "there is no such folder",
        remedy: isFile
          ? "Unpack an archive first, and name the folder that it makes."
          : "Check the spelling of the path."
      )
    }
    let found = signs.first { sign in
      sign.paths.contains {
        FileSystem.kind(of: directory.appendingPathComponent($0)) != nil
      }
    }
    let problem =
      switch found?.name {
      case name: "this folder of \(name) is not complete"
      case let other?: "this is no folder of \(name), and looks like that of \(other)"
      case nil: "this is no folder of \(name)"
      }
    return DatasetError(directory, problem, remedy: remedy)
  }
}
