using Skep.Agent.Fleet.Check;
using Skep.Agent.Fleet.Content;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;
using Skep.Isa;

namespace Skep.Agent.Fleet.Reconcile;

/// <summary>Gets the files of a policy: what is kept, what differs from what is kept, or all of it.</summary>
internal sealed class PolicyLoader(IFleetSource source, ContentCache cache)
{
    /// <summary>A version of a policy.</summary>
    /// <exception cref="FleetException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not the one that is wanted.</exception>
    public async Task<PolicyManifest> Manifest(PolicyTarget target, CancellationToken stop)
    {
        string name = $"policy {target.Name} version {target.Version}";
        byte[] bytes = await source.ReadManifest(target, stop).ConfigureAwait(false);
        if (Sha256Digest.Text(bytes) != target.Sha256)
            throw new InvalidDataException($"reading {name}: its hash is not the one that the group names");
        PolicyManifest manifest = FleetJson.ReadManifest(name, bytes);
        return manifest.Name == target.Name && manifest.Version == target.Version
            ? manifest : throw new InvalidDataException($"reading {name}: it says that it is {manifest.Name} {manifest.Version}");
    }

    /// <summary>The files of it, checked.</summary>
    /// <exception cref="FleetException">One cannot be read.</exception>
    /// <exception cref="InvalidDataException">One is damaged.</exception>
    public async Task<CheckedPolicy> Load(PolicyManifest manifest, CancellationToken stop)
    {
        var files = new List<PolicyContent>();
        foreach (FleetFile file in manifest.Files)
        {
            byte[] content = cache.Find(file.Sha256) ?? await Fetch(file, stop).ConfigureAwait(false);
            files.Add(new(file.Path, content));
        }

        return CheckedPolicy.Read(files, version: manifest);
    }

    /// <summary>The files of a version that is enforced, as they are kept; null when one is not any more.</summary>
    public CheckedPolicy? Kept(PolicyManifest manifest)
    {
        var files = new List<PolicyContent>();
        foreach (FleetFile file in manifest.Files)
        {
            if (cache.Find(file.Sha256) is not { } content) return null;
            files.Add(new(file.Path, content));
        }

        return CheckedPolicy.Read(files, version: manifest);
    }

    /// <summary>Drops what no version has.</summary>
    public void DropBut(IEnumerable<PolicyManifest> manifests) =>
        cache.DropBut(manifests.SelectMany(one => one.Files).Select(file => file.Sha256).ToHashSet());

    private async Task<byte[]> Fetch(FleetFile file, CancellationToken stop)
    {
        byte[]? content = await FetchDelta(file, stop).ConfigureAwait(false);
        if (content is null)
        {
            var all = new MemoryStream();
            foreach (string piece in file.Chunks) all.Write(await Piece(piece, stop).ConfigureAwait(false));
            content = all.ToArray();
        }

        if (Sha256Digest.Text(content) != file.Sha256) throw new InvalidDataException($"reading {file.Path}: its content is another");
        cache.Keep(file.Sha256, content);
        return content;
    }

    private async Task<byte[]?> FetchDelta(FleetFile file, CancellationToken stop)
    {
        foreach (FleetDelta delta in file.Deltas)
        {
            if (cache.Find(delta.From) is not { } from) continue;
            try
            {
                byte[] change = await Piece(delta.Object, stop).ConfigureAwait(false);
                byte[] made = LineDelta.Apply(from, change, file.Size);
                if (Sha256Digest.Text(made) == file.Sha256) return made;
            }
            catch (Exception e) when (e is FleetException or InvalidDataException)
            {
                // The whole content is there too.
            }
        }

        return null;
    }

    private async Task<byte[]> Piece(string sha256, CancellationToken stop) =>
        ContentPieces.Unpack(sha256, await source.ReadPiece(sha256, stop).ConfigureAwait(false));
}
