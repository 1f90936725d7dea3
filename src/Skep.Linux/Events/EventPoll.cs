using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;

namespace Skep.Linux.Events;

/// <summary>Waits for several descriptors at once (epoll(7), level-triggered), and can be woken from another thread.</summary>
public sealed unsafe partial class EventPoll : IDisposable
{
    private const int EPOLL_CLOEXEC = 0x80000, EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EFD_CLOEXEC = 0x80000, EFD_NONBLOCK = 0x800;
    private const uint EPOLLIN = 1, EPOLLET = 1u << 31;
    private const ulong WakeToken = ulong.MaxValue;
    private const int MaxEvents = 64;

    private readonly FileHandle _epoll;
    private readonly FileHandle _wake;

    /// <summary>Opens an empty set.</summary>
    /// <exception cref="KernelException">The process has no descriptors left.</exception>
    public EventPoll()
    {
        _epoll = FileHandle.Own(epoll_create1(EPOLL_CLOEXEC), "open an epoll set");
        try
        {
            _wake = FileHandle.Own(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "open an eventfd");
            Add(_wake, WakeToken);
        }
        catch
        {
            _wake?.Dispose();
            _epoll.Dispose();
            throw;
        }
    }

    /// <summary>Adds a descriptor; it must stay open until it is removed or the set is disposed.</summary>
    /// <param name="handle">A descriptor that can be polled.</param>
    /// <param name="token">What <see cref="Wait"/> gives back for it; not <see cref="ulong.MaxValue"/>.</param>
    /// <param name="edge">
    /// Whether <see cref="Wait"/> ends only when the descriptor wakes its waiters, not as long as it is readable.
    /// </param>
    public void Add(SafeHandle handle, ulong token, bool edge = false) =>
        Control(EPOLL_CTL_ADD, handle, token, "add a descriptor to an epoll set", EPOLLIN | (edge ? EPOLLET : 0));

    /// <summary>Removes a descriptor.</summary>
    public void Remove(SafeHandle handle) => Control(EPOLL_CTL_DEL, handle, 0, "remove a descriptor from an epoll set", 0);

    /// <summary>Waits until a descriptor is readable, <see cref="Wake"/> is called, or time is up. Signals do not end it.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="ready">Filled with the tokens of readable descriptors.</param>
    /// <returns>How many tokens there are; 0 when time is up or the wait was woken.</returns>
    public int Wait(TimeSpan timeout, Span<ulong> ready)
    {
        byte* events = stackalloc byte[MaxEvents * Processor.This.EpollEventBytes];
        bool forever = timeout == Timeout.InfiniteTimeSpan;
        long end = forever ? 0 : Environment.TickCount64 + (long)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue);

        // One more than asked for: the wake-up has its own place.
        int capacity = Math.Min(ready.Length, MaxEvents - 1) + 1;
        int count;
        using (var epoll = new FdUse(_epoll))
        {
            while (true)
            {
                int left = forever ? -1 : (int)Math.Clamp(end - Environment.TickCount64, 0, int.MaxValue);
                count = epoll_wait(epoll.Number, events, capacity, left);
                if (count >= 0) break;
                int error = Marshal.GetLastPInvokeError();
                if (error != Errno.EINTR) throw new KernelException("wait on an epoll set", new Errno(error));
            }
        }

        int filled = 0;
        for (int i = 0; i < count; i++)
        {
            ulong token = Unsafe.ReadUnaligned<ulong>(events + (i * Processor.This.EpollEventBytes) + Processor.This.EpollEventData);
            if (token == WakeToken) DrainWake();
            else if (filled < ready.Length) ready[filled++] = token;
        }

        return filled;
    }

    /// <summary>Ends the current <see cref="Wait"/>, or the next one. May be called from any thread.</summary>
    public void Wake()
    {
        ulong one = 1;
        using var wake = new FdUse(_wake);
        _ = Libc.write(wake.Number, (byte*)&one, sizeof(ulong));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _wake.Dispose();
        _epoll.Dispose();
    }

    private void DrainWake()
    {
        ulong count;
        using var wake = new FdUse(_wake);
        _ = Libc.read(wake.Number, (byte*)&count, sizeof(ulong));
    }

    private void Control(int operation, SafeHandle handle, ulong token, string what, uint events)
    {
        byte* change = stackalloc byte[Processor.This.EpollEventBytes];
        *(uint*)change = events;
        Unsafe.WriteUnaligned(change + Processor.This.EpollEventData, token);
        using var epoll = new FdUse(_epoll);
        using var target = new FdUse(handle);
        if (epoll_ctl(epoll.Number, operation, target.Number, change) < 0)
            throw new KernelException(what, new Errno(Marshal.GetLastPInvokeError()));
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epfd, int op, int fd, byte* ev);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epfd, byte* events, int maxevents, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initval, int flags);
}
