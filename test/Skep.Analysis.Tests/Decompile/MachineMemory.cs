using System.Buffers.Binary;

namespace Skep.Analysis.Tests.Decompile;

/// <summary>The memory that both machines of a comparison start with, and what their calls were told.</summary>
internal sealed class MachineMemory
{
    public const ulong BufferAddress = 0x1_0000, FrameTop = 0x8_0000;
    public const int BufferSize = 64, FrameSize = 512;
    private const ulong Scramble = 0x9e37_79b9_7f4a_7c15;

    public MachineMemory(byte[] content) => content.AsSpan(0, BufferSize).CopyTo(Buffer);

    public byte[] Buffer { get; } = new byte[BufferSize];

    public byte[] Frame { get; } = new byte[FrameSize];

    public List<string> Calls { get; } = [];

    public ulong Read(ulong address, int bytes)
    {
        ReadOnlySpan<byte> place = Place(address, bytes);
        return bytes switch
        {
            1 => place[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(place),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(place),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(place),
        };
    }

    public void Write(ulong address, int bytes, ulong value)
    {
        Span<byte> place = Place(address, bytes);
        for (int i = 0; i < bytes; i++) place[i] = (byte)(value >> (8 * i));
    }

    /// <summary>
    /// A call that looks at eight bytes where its first argument points to, changes them, and returns a number made of all.
    /// </summary>
    public ulong Call(int helper, ReadOnlySpan<ulong> arguments)
    {
        ulong result = (ulong)helper;
        foreach (ulong argument in arguments) result = ((result ^ argument) * Scramble) ^ (result >> 31);
        if (arguments.Length > 0 && IsAddress(arguments[0]))
        {
            ulong there = Read(arguments[0], 8);
            result += there;
            Write(arguments[0], 8, there * 3 + 1);
        }

        Calls.Add($"{helper}({string.Join(", ", arguments.ToArray())})");
        return result;
    }

    private static bool IsAddress(ulong value) =>
        value is >= BufferAddress and <= BufferAddress + BufferSize - 8 or >= FrameTop - FrameSize and <= FrameTop - 8;

    private Span<byte> Place(ulong address, int bytes) => address < FrameTop - FrameSize
        ? Buffer.AsSpan(checked((int)(address - BufferAddress)), bytes)
        : Frame.AsSpan(checked((int)(address - (FrameTop - FrameSize))), bytes);
}
