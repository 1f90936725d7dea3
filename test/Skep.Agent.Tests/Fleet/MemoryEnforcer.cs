using Skep.Agent.Fleet.Check;
using Skep.Agent.Fleet.Enforce;

namespace Skep.Agent.Tests.Fleet;

/// <summary>Enforces nothing: keeps in memory what it should, with a clock that the test moves.</summary>
internal sealed class MemoryEnforcer : IEnforcer
{
    private readonly Dictionary<string, (string Sum, string Mark)> _parts = [];
    private readonly Dictionary<string, ((string Sum, string Mark)? Before, long Until)> _waiting = [];
    private int _marks;

    /// <summary>What is refused.</summary>
    public string? Refused { get; set; }

    public long NowNs { get; set; }

    /// <summary>How often something was changed.</summary>
    public int Changes { get; private set; }

    public string? Sum(string key)
    {
        Return(key);
        return _parts.TryGetValue(key, out (string Sum, string Mark) part) ? part.Sum : null;
    }

    public IEnumerable<string> Keys => _parts.Keys.Order(StringComparer.Ordinal);

    public string Apply(CheckedPart part, TimeSpan? confirm)
    {
        Return(part.Key);
        if (part.Key == Refused) throw new EnforceException($"applying {part.Key}: refused");
        (string Sum, string Mark)? before = _parts.TryGetValue(part.Key, out (string Sum, string Mark) there) ? there : null;
        string mark = $"{++_marks}";
        if (confirm is { } time) _waiting[part.Key] = (before, NowNs + (long)time.TotalMilliseconds * 1_000_000);
        _parts[part.Key] = (part.Sum, mark);
        Changes++;
        return mark;
    }

    public string? Confirm(string key, string mark)
    {
        Return(key);
        if (!_parts.TryGetValue(key, out (string Sum, string Mark) part) || part.Mark != mark) return null;
        _waiting.Remove(key);
        return mark;
    }

    public void Return(string key, string mark, CheckedPart? before)
    {
        if (_waiting.ContainsKey(key)) Return(key, now: true);
    }

    public void Remove(string key)
    {
        _parts.Remove(key);
        Changes++;
    }

    public string? DriftOf(string key, string mark)
    {
        Return(key);
        return _parts.TryGetValue(key, out (string Sum, string Mark) part) && part.Mark == mark ? null : $"{key} is another";
    }

    /// <summary>What another does.</summary>
    public void Meddle(string key) => _parts.Remove(key);

    private void Return(string key, bool now = false)
    {
        if (!_waiting.TryGetValue(key, out ((string, string)? Before, long Until) waiting) || (!now && NowNs < waiting.Until)) return;
        _waiting.Remove(key);
        if (waiting.Before is { } before) _parts[key] = before;
        else _parts.Remove(key);
        Changes++;
    }
}
