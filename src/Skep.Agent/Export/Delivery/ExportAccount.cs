namespace Skep.Agent.Export.Delivery;

/// <summary>Counts records from one state to the next, so that each is in one of them whenever it is asked.</summary>
internal sealed class ExportAccount
{
    private readonly Lock _lock = new();
    private readonly long[] _dropped = new long[DropCauses.Names.Count];
    private long _captured, _recovered, _exported, _waiting, _spooled, _errors;
    private string? _lastError;

    /// <summary>Records came, and wait in memory.</summary>
    public void Captured(int records)
    {
        lock (_lock)
        {
            _captured += records;
            _waiting += records;
        }
    }

    /// <summary>Records came, and found no room.</summary>
    public void DroppedAtOnce(int records, DropCause cause)
    {
        lock (_lock)
        {
            _captured += records;
            _dropped[(int)cause] += records;
        }
    }

    /// <summary>Records were found in the spool.</summary>
    public void Recovered(long records)
    {
        lock (_lock)
        {
            _captured += records;
            _recovered += records;
            _spooled += records;
        }
    }

    /// <summary>Records went from memory to the spool.</summary>
    public void Spooled(long records)
    {
        lock (_lock)
        {
            _waiting -= records;
            _spooled += records;
        }
    }

    /// <summary>The receiver has records.</summary>
    /// <param name="records">How many.</param>
    /// <param name="rejected">Of them, those that it rejects.</param>
    /// <param name="fromSpool">Whether they were in the spool.</param>
    public void Exported(long records, long rejected, bool fromSpool)
    {
        rejected = Math.Clamp(rejected, 0, records);
        lock (_lock)
        {
            Leave(records, fromSpool);
            _exported += records - rejected;
            _dropped[(int)DropCause.Rejected] += rejected;
        }
    }

    /// <summary>Records that waited were dropped.</summary>
    public void Dropped(long records, DropCause cause, bool fromSpool)
    {
        lock (_lock)
        {
            Leave(records, fromSpool);
            _dropped[(int)cause] += records;
        }
    }

    /// <summary>An attempt failed.</summary>
    public void Failed(string error)
    {
        lock (_lock)
        {
            _errors++;
            _lastError = error;
        }
    }

    /// <summary>The counts now.</summary>
    /// <param name="spoolBytes">Bytes of the spool.</param>
    public ExportCounters Read(long spoolBytes)
    {
        lock (_lock)
            return new(_captured, _recovered, _exported, _waiting, _spooled, [.. _dropped], _errors, spoolBytes, _lastError);
    }

    private void Leave(long records, bool fromSpool)
    {
        if (fromSpool) _spooled -= records;
        else _waiting -= records;
    }
}
