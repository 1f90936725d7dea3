using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Inventory.Hidden;

/// <summary>The tags of the programs that came or went while one looked, as the kernel records it.</summary>
public sealed class ProgramChanges : IDisposable
{
    private readonly ProgramEvents? _events;
    private readonly HashSet<string> _tags = [];

    /// <summary>Begins to listen.</summary>
    public ProgramChanges()
    {
        try
        {
            _events = new ProgramEvents();
        }
        catch (KernelException e)
        {
            Reason = e.Message;
        }
    }

    /// <summary>Why the kernel's record cannot be read; null when it can.</summary>
    public string? Reason { get; }

    /// <summary>The tags so far.</summary>
    public IReadOnlySet<string> Tags()
    {
        _events?.Read(change => _tags.Add(change.Tag));
        return _tags;
    }

    /// <inheritdoc/>
    public void Dispose() => _events?.Dispose();
}
