using System.Collections.Concurrent;
using System.Text;

namespace Skep.Linux.Streams;

/// <summary>Lines of a stream as they come, read by a thread of its own: whoever takes them can do something else meanwhile.</summary>
public sealed class LineInput : IDisposable
{
    private const int BlockBytes = 1 << 16, MostBlocks = 64;

    private readonly BlockingCollection<string> _blocks = new(MostBlocks);
    private readonly CancellationTokenSource _end = new();

    /// <summary>Begins to read.</summary>
    /// <param name="stream">What is read; it is not disposed.</param>
    /// <param name="name">What it is, for errors.</param>
    /// <param name="mostBytes">How long a line may be.</param>
    public LineInput(Stream stream, string name, int mostBytes) =>
        new Thread(() => Read(stream, name, mostBytes)) { IsBackground = true, Name = "lines" }.Start();

    /// <summary>Whether all lines were taken, and no more come.</summary>
    public bool IsEnded => _blocks.IsCompleted;

    /// <summary>Why no more come, once they do not: the stream cannot be read, or a line is too long. Null at its end.</summary>
    public IOException? Error { get; private set; }

    /// <summary>Waits for lines.</summary>
    /// <param name="wait">How long.</param>
    /// <param name="lines">Whole lines with their ends; the last of the stream may have none.</param>
    /// <returns>False when none came in that time, or no more come.</returns>
    public bool TryTake(TimeSpan wait, out string lines) => _blocks.TryTake(out lines!, wait);

    /// <summary>Takes no more lines. The thread may go on waiting for its stream.</summary>
    public void Dispose() => _end.Cancel();

    private void Read(Stream stream, string name, int mostBytes)
    {
        byte[] buffer = new byte[Math.Max(BlockBytes, mostBytes + 1)];
        int kept = 0;
        try
        {
            while (true)
            {
                int got = stream.Read(buffer, kept, buffer.Length - kept);
                int length = kept + got;
                int whole = got == 0 ? length : buffer.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
                int fitting = FittingLines(buffer.AsSpan(0, whole), mostBytes);
                if (fitting > 0) _blocks.Add(Encoding.UTF8.GetString(buffer, 0, fitting), _end.Token);
                kept = length - whole;
                if (fitting < whole || kept > mostBytes)
                    throw new IOException($"reading {name}: a line has more than {mostBytes} bytes (write one element a line)");
                buffer.AsSpan(whole, kept).CopyTo(buffer);
                if (got == 0) break;
            }
        }
        catch (IOException e)
        {
            Error = e;
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            _blocks.CompleteAdding();
        }
    }

    /// <summary>How many bytes there are before the first line that is too long.</summary>
    private static int FittingLines(ReadOnlySpan<byte> lines, int mostBytes)
    {
        for (int start = 0; start < lines.Length;)
        {
            int length = lines[start..].IndexOf((byte)'\n') is >= 0 and int end ? end : lines.Length - start;
            if (length > mostBytes) return start;
            start += length + 1;
        }

        return lines.Length;
    }
}
