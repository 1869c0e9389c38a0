import Foundation
import GraftDatasets
import TestSupport
import Testing

/// Lists that a download or a full disk has left empty.
struct EmptyListTests {
  @Test(arguments: ["", " \n\r\n"]) func areDamageInEveryDataSet(text: String) throws {
    try withTemporaryFolder { folder in
      try folder.writeSyntheticTrees()
      let readers: [(tree: String, read: (URL) throws -> Void, lists: [String])] = [
        (
          "celeba", { _ = try CelebA(directory: $0) },
          ["list_attr_celeba.txt", "list_eval_partition.txt", "identity_CelebA.txt"]
        ),
        (
          "lfw", { _ = try LFWParts(directory: $0) },
          ["parts_train.txt", "parts_validation.txt", "parts_test.txt"]
        ),
        ("helen", { _ = try HELEN(directory: $0) }, ["exemplars.txt", "testing.txt", "tuning.txt"]),
      ]
      for (tree, read, lists) in readers {
        let root = folder.appendingPathComponent(tree)
        try read(root)
        for list in lists {
          let file = root.appendingPathComponent(list)
          let before = try? Data(contentsOf: file)
          try root.write(text, to: list)
          let message = message { try read(root) }
          #expect(
            message.contains("\(list): this list is empty") && message.contains("get the file again"),
            "\(message)")
          if let before { try before.write(to: file) } else { try root.remove(list) }
        }
      }
    }
  }

  @Test(arguments: ["", "\n", "\u{FEFF}"]) func areDamageOfYourOwn(text: String) throws {
    try withTemporaryFolder { folder in
      try folder.write(text, to: "pets.csv")
      let message = message { _ = try Dataset(list: folder.appendingPathComponent("pets.csv")) }
      #expect(message.contains("pets.csv: this list is empty"), "\(message)")
    }
  }
}
