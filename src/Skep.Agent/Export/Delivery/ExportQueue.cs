namespace Skep.Agent.Export.Delivery;

/// <summary>
/// Records that wait in memory. It has a bound: what finds no room is dropped and counted, so that no receiver, and no disk, ever holds up
/// those who add.
/// </summary>
/// <param name="account">Counts them.</param>
/// <param name="mostBytes">How many bytes may wait.</param>
internal sealed class ExportQueue(ExportAccount account, long mostBytes)
{
    // What an item takes beside its bytes, about.
    private const int ItemBytes = 64;

    private readonly Lock _lock = new();
    private readonly Queue<ExportItem> _waiting = new();
    private long _bytes, _records;
    private volatile bool _spoolIsFull;

    /// <summary>Records that wait.</summary>
    public long Records
    {
        get
        {
            lock (_lock) return _records;
        }
    }

    /// <summary>Whether what finds no room here found none in the spool before.</summary>
    public bool SpoolIsFull
    {
        set => _spoolIsFull = value;
    }

    /// <summary>Adds records, or drops them.</summary>
    public void Add(in ExportItem item)
    {
        lock (_lock)
        {
            if (_bytes + item.Data.Length + ItemBytes > mostBytes)
            {
                account.DroppedAtOnce(item.Records, _spoolIsFull ? DropCause.Spool : DropCause.Queue);
                return;
            }

            _bytes += item.Data.Length + ItemBytes;
            _records += item.Records;
            _waiting.Enqueue(item);
            account.Captured(item.Records);
        }
    }

    /// <summary>The first ones; they stay.</summary>
    /// <param name="bytes">How many bytes of them at most, but one item at least.</param>
    /// <param name="items">How many of them at most.</param>
    public List<ExportItem> Peek(long bytes, int items)
    {
        var found = new List<ExportItem>();
        lock (_lock)
        {
            foreach (ExportItem item in _waiting)
            {
                bytes -= item.Data.Length;
                if (found.Count == items || (bytes < 0 && found.Count > 0)) break;
                found.Add(item);
            }
        }

        return found;
    }

    /// <summary>Takes the first ones away.</summary>
    public void Remove(int items)
    {
        lock (_lock)
        {
            for (; items > 0; items--)
            {
                ExportItem item = _waiting.Dequeue();
                _bytes -= item.Data.Length + ItemBytes;
                _records -= item.Records;
            }
        }
    }
}
