using System.Text.Json;
using Skep.Bpf;
using Skep.Linux.Files;
using Skep.Linux.Time;

namespace Skep.Filter.Runtime.State;

/// <summary>
/// The files beside a state by which its table is edited in place. An edit is first a line of the journal, then it is done in the image,
/// then the number of edits that are done is raised, in a map that the program holds. What is reported is the state with so many lines: a
/// line behind them is of a command that is at work or was killed, and whoever has the lock next ends it.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="statePath">The path of the state.</param>
internal sealed class EditFiles(string table, string statePath)
{
    /// <summary>With so many edits the table is compiled anew, so that reading them stays a matter of a millisecond.</summary>
    internal const int MostEdits = 1024;

    private const int MostJournalBytes = 64 << 20, MostTableBytes = 64 << 20;

    private static readonly string[] Endings = [".edits", ".editable", ".index"];

    internal string Journal => statePath + Endings[0];

    internal string Editable => statePath + Endings[1];

    internal string Index => statePath + Endings[2];

    /// <summary>The paths of a state's files, the state among them.</summary>
    internal static IEnumerable<string> PathsOf(string statePath) => Endings.Select(e => statePath + e).Prepend(statePath);

    /// <summary>Whether a table may be edited in place.</summary>
    internal static bool MayEdit(string table) => FilesOf(table, Endings[1]).Length > 0;

    /// <summary>When an edit of a table was last put on file, by the wall clock; null for never.</summary>
    internal static DateTime? LastEdit(string table)
    {
        var journals = FilesOf(table, Endings[0]);
        return journals.Length == 0 ? null : journals.Max(File.GetLastWriteTimeUtc);
    }

    // Without the lock: another command may remove the table meanwhile.
    private static string[] FilesOf(string table, string ending)
    {
        var states = Path.Combine(TableStore.States, table);
        try
        {
            return Directory.Exists(states) ? Directory.GetFiles(states, "*" + ending) : [];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>How many edits are done.</summary>
    /// <returns>Null when the kernel does not have that number any more.</returns>
    internal static EditsDone? ReadDone(uint map)
    {
        using var done = BpfMap.TryOpenById(map, out _);
        return done is not null && done.TryLookup(0u, out EditsDone edits) ? edits : null;
    }

    /// <summary>Says that edits are done, after they are.</summary>
    internal static void SetDone(uint map, int count)
    {
        using var done = BpfMap.OpenById(map);
        done.Update(0u, new EditsDone(count, Clocks.BootNanoseconds()));
    }

    /// <summary>The edits that are done.</summary>
    /// <returns>Null when the table was replaced meanwhile.</returns>
    /// <exception cref="DamagedTableException">Not all of them are on file.</exception>
    internal IReadOnlyList<RuleEdit>? ReadEdits(uint map)
    {
        var done = ReadDone(map);
        var edits = done is { Count: 0 } ? [] : Read(out _, out _);
        if (!File.Exists(statePath)) return null;
        return done is not { Count: var count } ? edits : count <= edits.Count ? [.. edits.Take((int)count)]
            : throw new DamagedTableException(table, $"reading {Journal}: it has {edits.Count} of the {count} edits that were done");
    }

    /// <summary>How many edits are on file.</summary>
    internal int Count(out int length, out bool isTorn)
    {
        var bytes = ReadJournal();
        length = bytes.LastIndexOf((byte)'\n') + 1;
        isTorn = length < bytes.Length;
        return bytes.Count((byte)'\n');
    }

    /// <summary>All edits on file.</summary>
    /// <param name="length">The bytes of their lines.</param>
    /// <param name="isTorn">Whether something is behind the last whole line.</param>
    internal List<RuleEdit> Read(out int length, out bool isTorn)
    {
        var bytes = ReadJournal();
        var edits = new List<RuleEdit>();
        length = bytes.LastIndexOf((byte)'\n') + 1;
        isTorn = length < bytes.Length;
        for (var rest = bytes[..length]; !rest.IsEmpty;)
        {
            var end = rest.IndexOf((byte)'\n');
            try
            {
                edits.Add(JsonSerializer.Deserialize(rest[..end], RuleEditContext.Default.RuleEdit) ?? throw new JsonException("null"));
            }
            catch (JsonException e)
            {
                throw new DamagedTableException(table, $"reading line {edits.Count + 1} of {Journal}: {e.Message}", e);
            }
            rest = rest[(end + 1)..];
        }
        return edits;
    }

    private ReadOnlySpan<byte> ReadJournal()
    {
        try
        {
            return PrivateFile.Read(Journal, MostJournalBytes) ?? [];
        }
        catch (InvalidDataException e)
        {
            throw new DamagedTableException(table, e.Message, e);
        }
    }

    /// <summary>Puts an edit on file.</summary>
    internal void Append(RuleEdit edit)
    {
        try
        {
            PrivateLines.Append(Journal, [.. JsonSerializer.SerializeToUtf8Bytes(edit, RuleEditContext.Default.RuleEdit), (byte)'\n']);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw TableStore.Unwritable(Journal, e);
        }
    }

    /// <summary>What an edit has to know.</summary>
    /// <returns>Null when the table cannot be edited in place.</returns>
    internal EditableTable? ReadEditable()
    {
        try
        {
            return PrivateFile.Read(Editable, MostTableBytes) is { } bytes
                ? JsonSerializer.Deserialize(bytes, RuleEditContext.Default.EditableTable) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            // Of another version, or of another user: the table is compiled anew.
            return null;
        }
    }

    /// <summary>Opens the index of the rules as the table was compiled.</summary>
    /// <returns>Null when it is lost or damaged.</returns>
    internal RuleIndex? OpenIndex(EditableTable editable)
    {
        try
        {
            var index = RuleIndex.Open(Index);
            if (index is null || index.Bytes == editable.IndexBytes) return index;
            index.Dispose();
            return null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Writes what edits have to know; no edit is on file. Where there is no space for it, the table is compiled anew.</summary>
    internal void Write(EditableTable editable, IReadOnlyList<AppliedRule> rules)
    {
        try
        {
            File.Delete(Journal);
            var index = RuleIndex.Make(rules);
            PrivateFile.Replace(Index, index);
            PrivateFile.Replace(Editable, JsonSerializer.SerializeToUtf8Bytes(
                editable with { IndexBytes = index.Length }, RuleEditContext.Default.EditableTable));
        }
        catch (IOException)
        {
            File.Delete(Editable);
            File.Delete(Index);
        }
    }
}

/// <summary>How many edits of a table are done: the value of a map.</summary>
/// <param name="Count">Their number.</param>
/// <param name="At">When the last one was done, by CLOCK_BOOTTIME in nanoseconds; 0 for none.</param>
internal readonly record struct EditsDone(long Count, long At);
