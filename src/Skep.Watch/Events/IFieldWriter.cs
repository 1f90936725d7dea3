using Skep.Isa;

namespace Skep.Watch.Events;

/// <summary>Takes the facts of an event, by the names of docs/watch.md: what is null is not known and is left out.</summary>
public interface IFieldWriter
{
    /// <summary>Text.</summary>
    void Text(string key, string? value);

    /// <summary>A time: nanoseconds since the epoch.</summary>
    void Time(string key, long unixNs);

    /// <summary>A number.</summary>
    void Number(string key, long? value);

    /// <summary>A number of 64 bits without a sign.</summary>
    void Unsigned(string key, ulong? value);

    /// <summary>Yes or no.</summary>
    void Flag(string key, bool? value);

    /// <summary>A list of text.</summary>
    void Texts(string key, IReadOnlyList<string>? values);

    /// <summary>A list of numbers.</summary>
    void Numbers(string key, IReadOnlyList<uint>? values);

    /// <summary>Raw bytes.</summary>
    void Bytes(string key, byte[]? value);

    /// <summary>Instructions, which a writer may leave out.</summary>
    void Code(string key, ReadOnlySpan<Instruction> instructions);

    /// <summary>A list of groups of facts.</summary>
    void Objects<T>(string key, IReadOnlyList<T>? items, Action<T> write);

    /// <summary>Begins a group of facts: those of one object.</summary>
    void Begin(string key);

    /// <summary>Ends the group.</summary>
    void End();
}
