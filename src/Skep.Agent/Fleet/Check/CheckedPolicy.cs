using System.Text;
using Skep.Agent.Alerts.Rules;
using Skep.Agent.Fleet.Model;
using Skep.Filter;
using Skep.Filter.Check;
using Skep.Filter.Json;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Guard.Syntax;
using Skep.Isa;

namespace Skep.Agent.Fleet.Check;

/// <summary>What is in the files of a policy, checked as the commands for each kind check it.</summary>
public sealed class CheckedPolicy
{
    private readonly List<PolicyContent> _files;
    private readonly List<Diagnostic> _diagnostics = [];
    private readonly List<CheckedPart> _parts = [];
    private readonly List<string> _faults = [];

    private CheckedPolicy(IReadOnlyList<PolicyContent> files) => _files = [.. files];

    /// <summary>Its files, with the feeds that were found besides, in the order of their paths.</summary>
    public IReadOnlyList<PolicyContent> Files => [.. _files.OrderBy(file => file.Path, StringComparer.Ordinal)];

    /// <summary>What was found, errors and warnings.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    /// <summary>Errors that are of no place in a file.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Whether there is an error.</summary>
    public bool HasErrors => _faults.Count > 0 || _diagnostics.Exists(one => one.Severity == Severity.Error);

    /// <summary>Its first error; null when there is none.</summary>
    public string? FirstError => _faults.FirstOrDefault()
        ?? (_diagnostics.Find(one => one.Severity == Severity.Error) is { } error
            ? DiagnosticFormatter.Format(error).Split('\n')[0] : null);

    internal IReadOnlyList<CheckedPart> Parts => _parts;

    /// <summary>Reads and checks the files of a policy.</summary>
    /// <param name="files">The files.</param>
    /// <param name="more">Reads a feed that a rule file names and that is not among them; null where there are no others.</param>
    /// <param name="version">The version that they are of; null where they are of none yet.</param>
    public static CheckedPolicy Read(IReadOnlyList<PolicyContent> files, FeedReader? more = null, PolicyManifest? version = null)
    {
        var read = new CheckedPolicy(files);
        read.ReadTables(more, version);
        read.ReadGuard();
        read.ReadAlerts();
        if (read._parts.Count == 0 && !read.HasErrors)
            read._faults.Add("there is nothing to enforce: no rule file (.skep, .json), no policy of guard and no rules of alerts (.toml)");
        return read;
    }

    /// <summary>What a file is.</summary>
    public static string KindOf(PolicyContent file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Path.GetExtension(file.Path) switch
        {
            ".skep" or ".json" => FileKinds.Filter,
            ".toml" => HasPolicy(file.Bytes) ? FileKinds.Guard : FileKinds.Alert,
            _ => FileKinds.Set,
        };
    }

    private IEnumerable<PolicyContent> Of(string kind) => Files.Where(file => KindOf(file) == kind);

    private void ReadTables(FeedReader? more, PolicyManifest? version)
    {
        foreach (PolicyContent file in Of(FileKinds.Filter).ToArray())
        {
            var used = new SortedDictionary<string, byte[]>(StringComparer.Ordinal) { [file.Path] = file.Bytes };
            FeedText Feed(string path)
            {
                PolicyContent? known = _files.Find(one => Normal(one.Path) == Normal(path));
                if (known is null)
                {
                    if (more is null) return new(null, $"{path} is not among the files of the policy");
                    FeedText found = more(path);
                    if (found.Text is null) return found;
                    known = new(path, Encoding.UTF8.GetBytes(found.Text));
                    _files.Add(known);
                }

                used[known.Path] = known.Bytes;
                return new(Encoding.UTF8.GetString(known.Bytes));
            }

            string text = Encoding.UTF8.GetString(file.Bytes);
            RuleFile read = text.AsSpan().TrimStart().StartsWith("{")
                ? TableJson.Read(file.Path, text, Feed)
                : RuleFile.Read(new SourceText(file.Path, text), Feed);
            _diagnostics.AddRange(read.Diagnostics);
            if (read.Table is not { } table) continue;
            if (table.Devices.Count == 0) _faults.Add($"{file.Path}: no device is named (give devices = {{ DEV }} in the file)");
            string key = PartKeys.Table(table.Name);
            if (_parts.Exists(part => part.Key == key)) _faults.Add($"{file.Path}: a table {table.Name} is in another file already");
            _parts.Add(new(key, Sum(used)) { Table = table, Origin = new(file.Path, Sha256Digest.Text(file.Bytes), version) });
        }
    }

    private void ReadGuard()
    {
        var files = Of(FileKinds.Guard).ToDictionary(file => file.Path, file => file.Bytes);
        if (files.Count == 0) return;
        IReadOnlyList<PolicyFile> read = PolicyFile.WithTwins([.. files.Select(file => PolicyFile.Read(file.Key, file.Value))]);
        _diagnostics.AddRange(read.SelectMany(file => file.Diagnostics));
        _parts.Add(new(PartKeys.Guard, Sum(files)) { Guard = read });
    }

    private void ReadAlerts()
    {
        var files = Of(FileKinds.Alert).ToDictionary(file => file.Path, file => file.Bytes);
        if (files.Count == 0) return;
        foreach ((string path, byte[] bytes) in files)
        {
            AlertFile read = AlertFile.Read(path, bytes);
            _diagnostics.AddRange(read.Diagnostics);

            // A target is a program that root runs, or a place that secrets of a machine go to.
            if (read.Targets.Count > 0)
                _faults.Add($"{path}: targets of alerts are of the machine (put [[target]] into a file of its alerts.dir)");
        }

        _parts.Add(new(PartKeys.Alerts, Sum(files)) { Alerts = [.. files.Select(file => new PolicyContent(file.Key, file.Value))] });
    }

    private static string Normal(string path) => path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;

    private static bool HasPolicy(byte[] bytes) =>
        Encoding.UTF8.GetString(bytes).Split('\n')
            .Any(line => line.Split('#')[0].Trim().Replace(" ", "", StringComparison.Ordinal) == "[policy]");

    private static string Sum(IEnumerable<KeyValuePair<string, byte[]>> files) => Sha256Digest.Text(
        Encoding.UTF8.GetBytes(string.Join('\n', files.Select(file => $"{Sha256Digest.Text(file.Value)} {file.Key}"))));
}
