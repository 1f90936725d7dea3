namespace Skep.Guard.Test;

/// <summary>Programs by their ids, as their loads were recorded: an attach names its program by the id alone.</summary>
internal sealed class LoadedPrograms
{
    private const int Most = 1 << 16;

    private readonly Dictionary<uint, SavedProgram> _byId = [];
    private readonly Queue<uint> _oldest = new();
    private long _lastSeq;

    /// <summary>The program that an attach is of; null when its load was not recorded.</summary>
    public SavedProgram? Of(SavedEvent e) =>
        (e.Link?.ProgId ?? e.Attach?.ProgId) is { } id ? _byId.GetValueOrDefault(id) : null;

    /// <summary>Takes a program that is there, of which no load was recorded.</summary>
    public void Know(SavedProgram program)
    {
        if (program.Id is not { } id || !_byId.TryAdd(id, program)) return;
        _oldest.Enqueue(id);
        if (_oldest.Count > Most) _byId.Remove(_oldest.Dequeue());
    }

    /// <summary>Takes each event, in order.</summary>
    public void Add(SavedEvent e)
    {
        // Another session begins: it can be of another boot, where ids are other programs'.
        if (e.Seq is { } seq)
        {
            if (seq <= _lastSeq) _byId.Clear();
            _lastSeq = seq;
        }

        if (e is not { Cmd: "prog_load", Prog: { Id: { } id } program }) return;

        // Without the code, which may be long.
        SavedProgram kept = program with { Insns = null, Findings = null, Code = null };
        if (!_byId.TryAdd(id, kept)) _byId[id] = kept;
        else _oldest.Enqueue(id);
        if (_oldest.Count > Most) _byId.Remove(_oldest.Dequeue());
    }
}
