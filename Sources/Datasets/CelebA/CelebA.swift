import Foundation
import GraftFiles

/// CelebA: 202,599 pictures of faces, 40 attributes of each, and an official partition (Liu, Luo, Wang and Tang, "Deep
/// learning face attributes in the wild", ICCV 2015). For research that is not commercial; the pictures may not be
/// passed on.
///
/// Three layouts are recognised below the folder given, or below `celeba` in it:
///
/// | form | pictures | attributes | partition |
/// |---|---|---|---|
/// | original release | `Img/img_align_celeba/` | `Anno/list_attr_celeba.txt` | `Eval/list_eval_partition.txt` |
/// | torchvision | `img_align_celeba/` | `list_attr_celeba.txt` | `list_eval_partition.txt` |
/// | Kaggle | `img_align_celeba/img_align_celeba/` | `list_attr_celeba.csv` | `list_eval_partition.csv` |
///
/// The pictures of the PNG release, `img_align_celeba_png`, are taken under the names that the lists have for the JPEG files.
/// Tables may be written again by other programs: with semicolons or tabs, quotes, row numbers, and 1.0 for 1.
///
/// The samples are what the attribute file lists, in its order. Partition and identities are read where their files
/// are there.
///
/// ```swift
/// let gender = try CelebA(directory: URL(filePath: "celeba")).gender
/// let parts = try gender.trainingPool(limit: 12_000, seed: 7).split(.random(0.1, seed: 7))
/// ```
public struct CelebA: Sendable {
  /// The folder of the pictures.
  public let pictures: URL
  /// The attributes in the order of the file.
  public var attributeNames: [String] { table.attributeNames }
  /// The pictures' names in the order of the attribute file, such as `000001.jpg`.
  public var fileNames: [String] { table.fileNames.map(\.identifier) }
  /// What the files are called on the disk.
  let files: [FileName]
  /// Where each picture belongs officially; nil if there is no partition file.
  public let partition: [Partition]?
  /// The number of the person on each picture; nil if there is no identity file.
  public let identities: [Int]?

  let table: AttributeTable

  /// Reads the lists and looks whether each picture is there.
  ///
  /// - Parameter directory: the folder of one of the three layouts.
  /// - Throws: ``DatasetError`` with file and line, or a `FileError`.
  public init(directory: URL) throws {
    let tree = try Tree(directory)
    let table = try AttributeTable(TextFile(tree.attributes))
    partition = try tree.partition.map { try Self.parts(in: $0, for: table) }
    identities = try tree.identities.map { try Self.numbers(in: TextFile($0), for: table).map(\.number) }
    pictures = tree.pictures
    self.table = table
    let present = Set(try Folder.names(in: pictures))
    files = table.fileNames.map { name in
      let portable = name.stem + ".png"
      return !present.contains(name) && present.contains(portable) ? portable : name
    }
    try Folder.refuse(missing: files.filter { !present.contains($0) }.map(pictures.appending))
  }

  /// Male or female, from the attribute `Male`: 1 for male, 0 for female. Its name is `celeba-male`.
  ///
  /// - Throws: ``DatasetError`` if the file has no such attribute.
  public var gender: Dataset {
    get throws { try attribute("Male", classNames: ["female", "male"]) }
  }

  /// The pictures with one of their attributes to be learned: 1 where the picture has it, else 0.
  ///
  /// A picture is 178 pixels wide and 218 high in the aligned release. Partition and person are those of their files, if
  /// these are there.
  ///
  /// - Parameters:
  ///   - name: as the file spells it, such as `Smiling`.
  ///   - classNames: what 0 and 1 stand for; `not Smiling` and `Smiling` if nil.
  /// - Throws: ``DatasetError`` if the file has no such attribute.
  public func attribute(_ name: String, classNames: [String]? = nil) throws -> Dataset {
    guard let column = attributeNames.firstIndex(of: name) else {
      throw DatasetError(
        "CelebA", "there is no attribute \(name)",
        remedy: "There are: \(attributeNames.joined(separator: ", ")).")
    }
    return Dataset(
      name: "celeba-\(name.lowercased())", targets: .labels(classNames ?? ["not \(name)", name]),
      samples: files.enumerated().map { row, file in
        Sample(
          identifier: table.fileNames[row].identifier, person: identities.map { String($0[row]) },
          partition: partition?[row], picture: Content(contentsOf: pictures.appending(file)),
          target: .label(table.value(row: row, column: column) ? 1 : 0))
      })
  }

  private static func parts(in file: URL, for table: AttributeTable) throws -> [Partition] {
    try numbers(in: TextFile(file), for: table).map { entry in
      switch entry.number {
      case 0: return .training
      case 1: return .validation
      case 2: return .test
      default:
        throw DatasetError(
          file, line: entry.line, "\(entry.number) is no part of CelebA",
          remedy: "Parts are 0 (training), 1 (validation) and 2 (test): get the file again.")
      }
    }
  }
}

extension CelebA {
  /// Where the pieces lie.
  private struct Tree {
    let attributes, pictures: URL
    let partition, identities: URL?

    init(_ directory: URL) throws {
      let roots = ["", "celeba", "CelebA"].compactMap { Folder.first(of: [$0], below: directory) }
      func find(_ name: String, in folders: [String]) -> URL? {
        let paths = folders.flatMap { folder in ["txt", "csv"].map { "\(folder)\(name).\($0)" } }
        return roots.lazy.compactMap { Folder.firstFile(of: paths, below: $0) }.first
      }
      let nested = ["", "Img/"].flatMap { folder in
        ["img_align_celeba", "img_align_celeba_png", "img_align_celeba_png.7z"].flatMap {
          ["\(folder)\($0)/\($0)", "\(folder)\($0)"]
        }
      }
      guard let attributes = find("list_attr_celeba", in: ["", "Anno/"]),
        let pictures = roots.lazy.compactMap({ Folder.first(of: nested, below: $0) }).first
      else {
        throw Folder.unfit(
          directory, for: "CelebA",
          remedy: """
            It should hold the folder img_align_celeba (or Img/img_align_celeba) with 000001.jpg and so on, and \
            list_attr_celeba.txt or .csv (or Anno/list_attr_celeba.txt).
            """)
      }
      self.attributes = attributes
      self.pictures = pictures
      partition = find("list_eval_partition", in: ["", "Eval/", "Anno/"])
      identities = find("identity_CelebA", in: ["", "Anno/"])
    }
  }
}
