using System.Globalization;
using Skep.Debug.Debugger;
using Skep.Debug.Machine.Image;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Debug.Dap;

/// <summary>The instructions of one program of a machine, by their number; of the first with names and source lines.</summary>
internal sealed class CodeListing
{
    private readonly int _program;
    private readonly ProgramImage _image;
    private readonly ProgramCode? _code;
    private readonly DecodedInstruction[] _items;
    private readonly Disassembler _disassembler;

    public CodeListing(DebugSession session, int program)
    {
        (_program, _image, _code) = (program, session.Machine.Programs[program], program == 0 ? session.Code : null);
        var items = new List<DecodedInstruction>();
        foreach (DecodedInstruction item in Decoder.Decode(_image.Instructions.Span)) items.Add(item);
        _items = [.. items];
        _disassembler = new Disassembler(new DisassemblerOptions { Form = _image.Form, Symbols = _code?.Symbols, ExplainFaults = true });
    }

    /// <summary>How many there are.</summary>
    public int Count => _items.Length;

    /// <summary>The instruction that a slot is of: the second slot of a wide one is no beginning.</summary>
    public int At(int slot) => Math.Max(0, Array.FindLastIndex(_items, item => item.Index <= slot));

    /// <summary>Its address; beyond the program, where one of a slot would be.</summary>
    public ulong AddressOf(long number) => CodeAddress.Of(
        number < 0 ? number : number < Count ? _items[number].Index : _image.Instructions.Length + number - Count, _program);

    /// <summary>Its bytes.</summary>
    public ReadOnlyMemory<byte> BytesOf(int number)
    {
        int end = number + 1 < Count ? _items[number + 1].Index : _image.Instructions.Length;
        return Encoder.Bytes(_image.Instructions.Span[_items[number].Index..end]).ToArray();
    }

    /// <summary>Its slot and text.</summary>
    public string TextOf(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{_items[number].Index,4}: {_disassembler.Text(_items[number])}");

    /// <summary>The function that begins there; null for none.</summary>
    public string? SymbolOf(int number) => _code?.FunctionName(_items[number].Index);

    /// <summary>Its source line; null without one.</summary>
    public CodeLine? LineOf(int number) => _code?.LineAt(_items[number].Index);
}
