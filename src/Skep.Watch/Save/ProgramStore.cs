using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Inventory.Code;
using Skep.Linux.Files;
using Skep.Watch.Events;

namespace Skep.Watch.Save;

/// <summary>
/// A directory with each distinct program once, named by the SHA-256 of its instructions: <c>HASH.bin</c> (the bytes as loaded),
/// <c>HASH.json</c> (the event that first showed it), <c>HASH.o</c> (an ELF object). A file appears whole or not at all.
/// </summary>
public sealed class ProgramStore : IDisposable
{
    // Those beyond are looked up in the directory.
    private const int MostKnown = 10_000;

    private readonly OutputDirectory _directory;
    private readonly HashSet<string> _kept = [];

    /// <summary>Opens a store; its directory is made when missing.</summary>
    /// <exception cref="IOException">The directory cannot be made.</exception>
    public ProgramStore(string directory) => _directory = OutputDirectory.Open(directory);

    /// <summary>Keeps the program of an event, if it carries one whole, and it is not kept yet.</summary>
    /// <exception cref="IOException">A file cannot be written; the next event with the program is kept in its stead.</exception>
    public void Keep(BpfEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        CodeDetails? code = e.Program?.Code ?? e.Attach?.Classic;
        if (code?.Sha256 is not { } hash || _kept.Contains(hash)) return;
        if (!_directory.Holds(hash + ".json")) Write(e, code, hash);
        if (_kept.Count >= MostKnown) _kept.Clear();
        _kept.Add(hash);
    }

    /// <summary>The files of a program were removed: the next event with it is kept again.</summary>
    /// <param name="sha256">The program.</param>
    public void Forget(string sha256) => _kept.Remove(sha256);

    /// <inheritdoc/>
    public void Dispose() => _directory.Dispose();

    private void Write(BpfEvent e, CodeDetails code, string hash)
    {
        _directory.Write(hash + ".bin", code.Bytes.Span);
        if (e.Program is { } program) _directory.Write(hash + ".o", Object(program, code));
        using var json = new MemoryStream();
        using (var writer = new JsonEventWriter(json, withInsns: false, pretty: true))
        {
            writer.Write(e);
            writer.Flush();
        }

        // Last: it is what marks a program as kept.
        _directory.Write(hash + ".json", json.ToArray());
    }

    private static byte[] Object(ProgramDetails program, CodeDetails code)
    {
        string name = ElfSymbolName.Of(program.Name);
        return BpfElfWriter.Write([new BpfElfFunction(name, program.Type ?? "prog", code.Bytes, [])], program.License);
    }
}
