using Skep.Agent.Fleet.Check;
using Skep.Agent.Fleet.Content;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;
using Skep.Isa;
using Skep.Linux.Errors;
using Skep.Linux.Files;

namespace Skep.Agent.Fleet.Folder;

/// <summary>
/// The fleet in a directory: <c>GROUP/POLICY/FILE</c>, or <c>GROUP/FILE</c> of the policy that is named like the group. Where
/// policies have to be signed, each file has its signature beside it. Versions are hashes of what is there.
/// </summary>
/// <param name="root">The directory.</param>
/// <param name="groups">The groups.</param>
/// <param name="verifier">Verifies files; null where they need not be signed.</param>
internal sealed class FolderSource(string root, IReadOnlyList<string> groups, StateVerifier? verifier) : IFleetSource
{
    private const string SignatureEnding = ".p7s";

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly InputLimit Limit = InputLimit.NamedFeed;

    private readonly Dictionary<string, byte[]> _manifests = [];
    private readonly Dictionary<string, byte[]> _pieces = [];

    /// <inheritdoc/>
    public string Name => root;

    /// <inheritdoc/>
    public void Start()
    {
    }

    /// <inheritdoc/>
    public Task<FleetRead> Read(CancellationToken stop)
    {
        if (!PrivateDirectory.Exists(root)) throw new FleetException($"reading {root}: there is no such directory");
        var read = new List<GroupState>();
        var errors = new List<string>();
        _manifests.Clear();
        _pieces.Clear();
        foreach (string group in groups)
        {
            string directory = Path.Combine(root, group);
            if (!PrivateDirectory.Exists(directory)) continue;
            try
            {
                read.Add(new(group, 0, "", [.. Policies(group, directory)]));
            }
            catch (Exception e) when (e is IOException or InvalidDataException or KernelException)
            {
                errors.Add(e.Message);
            }
        }

        return Task.FromResult(new FleetRead(read, errors));
    }

    /// <inheritdoc/>
    public Task<byte[]> ReadManifest(PolicyTarget target, CancellationToken stop) =>
        Task.FromResult(_manifests.GetValueOrDefault(target.Sha256) ?? throw new FleetException($"reading {root}: it was changed"));

    /// <inheritdoc/>
    public Task<byte[]> ReadPiece(string sha256, CancellationToken stop) =>
        Task.FromResult(ContentPieces.Pack(
            _pieces.GetValueOrDefault(sha256) ?? throw new FleetException($"reading {root}: it was changed")));

    /// <inheritdoc/>
    public Task Report(AgentReport report, CancellationToken stop) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task Changed(TimeSpan atMost, CancellationToken stop) => Task.Delay(atMost < LookEvery ? atMost : LookEvery, stop);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private IEnumerable<PolicyTarget> Policies(string group, string directory)
    {
        if (Files(directory) is { Count: > 0 } files) yield return TargetOf(group, directory, files);
        foreach (string one in PrivateDirectory.DirectoriesIn(directory))
        {
            string name = Path.GetFileName(one);
            if (FleetNames.IsName(name) && Files(one) is { Count: > 0 } own) yield return TargetOf(name, one, own);
        }
    }

    private static List<string> Files(string directory) =>
        [.. PrivateDirectory.FilesIn(directory, "").Where(path => !path.EndsWith(SignatureEnding, StringComparison.Ordinal))];

    // A version has no number here; it is 1 with a hash.
    private PolicyTarget TargetOf(string name, string directory, List<string> paths)
    {
        var files = new List<FleetFile>();
        foreach (string path in paths)
        {
            byte[] bytes = InputFile.ReadBytes(path, Limit);
            if (verifier is not null)
            {
                string signature = path + SignatureEnding;
                verifier.Verify(
                    path, bytes, PrivateFile.Length(signature) is null ? null : InputFile.ReadBytes(signature, InputLimit.Signature));
            }

            var content = new PolicyContent(Path.GetRelativePath(directory, path), bytes);
            string sha256 = Sha256Digest.Text(bytes);
            var pieces = new List<string>();
            foreach (ReadOnlyMemory<byte> piece in ContentPieces.Cut(bytes))
            {
                string one = Sha256Digest.Text(piece.Span);
                _pieces[one] = piece.ToArray();
                pieces.Add(one);
            }

            files.Add(new(content.Path, CheckedPolicy.KindOf(content), sha256, bytes.Length, pieces));
        }

        byte[] manifest = FleetJson.Write(new PolicyManifest(name, 1, "", root, files));
        string hash = Sha256Digest.Text(manifest);
        _manifests[hash] = manifest;
        return new(name, 1, hash);
    }
}
