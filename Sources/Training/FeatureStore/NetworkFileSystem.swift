import Foundation
import GraftFiles

/// File systems that several machines share. The store's locks lie in memory that only processes of one machine share, so that
/// two machines would spoil each other's work without a word.
enum NetworkFileSystem {
  private static let types: Set<String> = [
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "fuse.ceph", "fuse.glusterfs", "fuse.sshfs", "gpfs",
    "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs",
  ]

  /// - Throws: ``FeatureStoreError`` if a folder lies on such a file system.
  static func refuse(_ folder: URL, _ mounts: MountTable = .current) throws {
    guard let path = FileSystem.realPath(of: folder), let type = mounts.type(ofPath: path),
      types.contains(type)
    else { return }
    throw FeatureStoreError(
      file: folder, "this folder is on a network (\(type)), and a feature store belongs to one machine",
      remedy: "Name a folder on a disk of this machine: FeatureStore(folder:).")
  }
}
