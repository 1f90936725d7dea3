using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using Skep.Linux.Errors;
using Skep.Linux.Processes;

namespace Skep.Agent.Inspect;

/// <summary>Has an analysis done by a process of its own, which is ended when it takes too long or prints too much.</summary>
/// <param name="own">Knows the process.</param>
internal sealed class AnalysisProcess(OwnProcesses own)
{
    /// <summary>Bytes of the longest answer.</summary>
    internal const int MostBytes = 16 << 20;

    // The numbers of SIGKILL and SIGXCPU, as shells give them.
    private const int Kill = 9, Killed = 128 + Kill, OutOfTime = 128 + 24;
    private static readonly TimeSpan Takes = TimeSpan.FromSeconds(20);

    /// <summary>Does it. Waits for it.</summary>
    public AnalysisAnswer Run(AnalysisRequest request)
    {
        long begun = Stopwatch.GetTimestamp();
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        ChildProcess child;
        try
        {
            child = ChildProcess.StartSelf([.. request.Arguments()], pipe.ClientSafePipeHandle);
        }
        catch (KernelException e)
        {
            return new(AnalysisEnd.Failed, [], e.Message);
        }
        finally
        {
            pipe.DisposeLocalCopyOfClientHandle();
        }

        own.Add(child.Pid);
        bool late = false;
        using var timer = new Timer(_ => Volatile.Write(ref late, End(child)), null, Takes, Timeout.InfiniteTimeSpan);
        using var bytes = new MemoryStream();
        bool isLong = false;
        try
        {
            byte[] buffer = new byte[1 << 16];
            while (pipe.Read(buffer) is > 0 and var count)
            {
                isLong = bytes.Length + count > MostBytes;
                if (isLong) break;
                bytes.Write(buffer, 0, count);
            }
        }
        finally
        {
            if (isLong) End(child);
            timer.Change(Timeout.Infinite, Timeout.Infinite);
        }

        int status = child.Wait();
        own.Remove(child.Pid);
        if (isLong) return new(AnalysisEnd.TooLarge, [], $"the answer has more than {MostBytes >> 20} MB");
        TimeSpan taken = Stopwatch.GetElapsedTime(begun);
        if (Volatile.Read(ref late)) return new(AnalysisEnd.Late, [], $"it was not done in {Takes.TotalSeconds} s: the machine is busy");
        if (status == OutOfTime || (status == Killed && taken > TimeSpan.FromSeconds(AnalysisWorker.Seconds / 2)))
            return new(AnalysisEnd.TooLong, [], $"it takes more than {AnalysisWorker.Seconds} s");
        return AnswerOf(status, bytes.ToArray());
    }

    private static AnalysisAnswer AnswerOf(int status, byte[] bytes)
    {
        if (status == (int)AnalysisEnd.Done) return new(AnalysisEnd.Done, bytes, "");
        int mark = Array.LastIndexOf(bytes, (byte)AnalysisAnswer.Mark);
        string reason = mark >= 0 ? Encoding.UTF8.GetString(bytes.AsSpan(mark + 1)) : "";
        if (reason.Length > 0 && Enum.IsDefined((AnalysisEnd)status)) return new((AnalysisEnd)status, [], reason);
        // A runtime that gets no memory, and one whose stack is at its end, abort.
        const int abort = 128 + 6, fault = 128 + 11;
        return status is abort or fault
            ? new(AnalysisEnd.TooLarge, [], "it takes more memory than it may")
            : new(AnalysisEnd.Fault, [], $"the process that did it ended with status {status}");
    }

    private static bool End(ChildProcess child)
    {
        child.Signal(Kill);
        return true;
    }
}
