using Microsoft.Data.Sqlite;
using Skep.Inventory.Objects;

namespace Skep.Agent.History;

/// <summary>The places where programs were attached.</summary>
internal sealed class AttachmentRows : IDisposable
{
    private readonly string _boot;
    private readonly Statement _add, _gone, _present, _seen;
    private readonly Dictionary<Place, long> _there = [];

    public AttachmentRows(SqliteConnection database, string boot)
    {
        _boot = boot;
        _add = new(
            database,
            "INSERT INTO attachments(instance, kind, place, link, first_seen, last_seen) VALUES($0, $1, $2, $3, $4, $4) RETURNING id", 5);
        _gone = new(database, "UPDATE attachments SET gone = $1 WHERE id = $0", 2);
        _present = new(
            database,
            "SELECT a.id, a.instance, a.kind, a.place, a.link FROM attachments a JOIN instances i ON i.id = a.instance "
            + "WHERE i.boot = $0 AND a.gone IS NULL", 1);
        _seen = new(database, "UPDATE attachments SET last_seen = $1 WHERE id = $0", 2);
        ReadPresent();
    }

    /// <summary>Reads which attachments are there, from the database.</summary>
    public void ReadPresent()
    {
        _there.Clear();
        using SqliteDataReader rows = _present.Rows(_boot);
        while (rows.Read())
            _there[new(rows.GetInt64(1), rows.GetString(2), rows.GetString(3), rows.GetInt64(4))] = rows.GetInt64(0);
    }

    /// <summary>Stores where programs are attached.</summary>
    /// <param name="attachments">All attachments.</param>
    /// <param name="instanceOf">The row of the program that has a kernel id now.</param>
    /// <param name="now">The time, in nanoseconds of Unix time.</param>
    public void Store(IEnumerable<Attachment> attachments, Func<uint, long?> instanceOf, long now)
    {
        var there = new HashSet<Place>();
        foreach (Attachment one in attachments)
        {
            if (instanceOf(one.ProgramId) is not { } instance) continue;
            var place = new Place(instance, one.Point?.Name ?? one.Kind.Name(), one.Target?.Text ?? "", one.LinkId);
            if (!there.Add(place)) continue;
            if (_there.TryGetValue(place, out long row)) _seen.Run(row, now);
            else _there[place] = _add.Number(place.Instance, place.Kind, place.Where, place.Link, now)!.Value;
        }

        foreach (Place place in _there.Keys.Where(place => !there.Contains(place)).ToArray())
        {
            _gone.Run(_there[place], now);
            _there.Remove(place);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Statement one in (ReadOnlySpan<Statement>)[_add, _gone, _present, _seen]) one.Dispose();
    }

    private readonly record struct Place(long Instance, string Kind, string Where, long Link);
}
