using System.Text;
using System.Text.Json;

namespace Skep.Agent.Export.Fields;

/// <summary>
/// A field that was read, and those within it. Events have the same keys in the same order: their names are made once, not for each event.
/// One event is read at a time.
/// </summary>
internal sealed class FieldPath
{
    // Events have some hundred different fields; what is beyond is named anew each time.
    private const int MostKept = 256;

    private readonly byte[] _key;
    private readonly string _prefix;
    private readonly List<FieldPath> _fields = [];
    private FieldPath? _item;
    private int _next;

    /// <summary>The event itself.</summary>
    public FieldPath()
        : this([], "", "")
    {
    }

    private FieldPath(byte[] key, string name, string prefix) => (_key, Name, _prefix) = (key, name, prefix);

    /// <summary>Its key after those of the objects that it is in, joined by dots.</summary>
    public string Name { get; }

    /// <summary>An object that is in a list here: the names of its fields begin anew.</summary>
    public FieldPath Item => _item ??= new FieldPath();

    /// <summary>The field whose key the reader is at.</summary>
    public FieldPath Of(ref Utf8JsonReader reader)
    {
        for (int i = 0; i < _fields.Count; i++)
        {
            if (_next == _fields.Count) _next = 0;
            FieldPath one = _fields[_next++];
            if (reader.ValueTextEquals(one._key)) return one;
        }

        string key = reader.GetString()!;
        var added = new FieldPath(Encoding.UTF8.GetBytes(key), _prefix + key, _prefix + key + ".");
        if (_fields.Count < MostKept) _fields.Add(added);
        return added;
    }
}
