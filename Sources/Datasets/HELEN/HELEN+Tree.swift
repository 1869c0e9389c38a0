import Foundation
import GraftFiles

extension HELEN {
  private static let lists: [(name: String, part: Partition)] = [
    ("exemplars.txt", .training), ("testing.txt", .test), ("tuning.txt", .validation),
  ]

  /// The folder with lists and labels.
  static func root(_ directory: URL) throws -> URL {
    let found = ["", "SmithCVPR2013_dataset_resized", "SmithCVPR2013_dataset_original"]
      .compactMap { Folder.first(of: [$0], below: directory) }
      .filter { root in lists.allSatisfy { Folder.firstFile(of: [$0.name], below: root) != nil } }
    switch found.count {
    case 1: return found[0]
    case 0:
      throw Folder.unfit(
        directory, for: "HELEN",
        remedy:
          "It should hold the segment labels of Smith et al.: labels, images, exemplars.txt, testing.txt and tuning.txt."
      )
    default:
      throw DatasetError(
        directory, "both releases of HELEN are here, and their masks differ",
        remedy: "Name one: \(found.map(\.fileName.description).joined(separator: " or ")).")
    }
  }

  /// The folders where photographs may lie.
  static func photographs(_ given: URL?, _ root: URL) throws -> [URL] {
    guard let given else { return [root.appendingPathComponent("images")] }
    // HELEN itself comes as five archives with a folder each.
    return [given] + (try Folder.names(in: given).map(given.appending).filter(Folder.isFolder))
  }

  /// What the lists name, in their order.
  static func entries(in root: URL, photographs: [URL]) throws -> [Entry] {
    var entries: [Entry] = []
    var seen: Set<FileName> = []
    for list in lists {
      let text = try TextFile(root.appendingPathComponent(list.name))
      try text.forEachLine { number, line in
        let stem = try stem(line, of: text, number: number)
        guard seen.insert(stem).inserted else {
          throw text.error(
            line: number, "\(stem) is listed a second time",
            remedy: "A sample belongs to one list only: get the lists again.")
        }
        let candidates = photographs.map { $0.appending(stem + ".jpg") }
        guard let photograph = candidates.first(where: Folder.isFile) else {
          throw text.error(
            line: number,
            "the photograph \(stem).jpg is not in \(photographs.map(\.shownRelativePath).joined(separator: " or "))",
            remedy: """
              Unpack the images there. The release of original size may come without; then name the folder of HELEN's \
              own photographs as well.
              """)
        }
        let folder = root.appendingPathComponent("labels").appending(stem)
        let maps = (0...10).map { number in
          folder.appending(stem + "_lbl\(number < 10 ? "0" : "")\(number).png")
        }
        entries.append(
          Entry(
            stem: stem, part: list.part, photograph: photograph, maps: maps,
            missing: maps.filter { !Folder.isFile($0) }))
      }
    }
    return entries
  }

  /// A line is a running number, a comma and a name, with blanks anywhere: `1 , 100032540_1`.
  private static func stem(_ line: TextFile.Line, of text: TextFile, number: Int) throws -> FileName {
    guard let comma = line.firstIndex(of: UInt8(ascii: ",")), !line[(comma + 1)...].trimmed.isEmpty else {
      throw text.error(
        line: number, "“\(line.text.prefix(60))” is not a number, a comma and the name of a picture",
        remedy: "Lines look like 1 , 100032540_1. The file may be cut off: get it again.")
    }
    return FileName(line[(comma + 1)...].trimmed)
  }
}
