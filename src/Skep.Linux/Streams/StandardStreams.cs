using Skep.Linux.Interop;

namespace Skep.Linux.Streams;

/// <summary>The descriptors 0, 1 and 2.</summary>
public static class StandardStreams
{
    private const int F_GETFD = 1, O_WRONLY = 1;

    /// <summary>
    /// Occupies those that are closed, so that no file is opened in their place and written to as if it were one of them. They stay
    /// unusable: input cannot be read, output and errors cannot be written.
    /// </summary>
    public static void Occupy()
    {
        for (int fd = 0; fd <= 2; fd++)
        {
            if (Libc.fcntl(fd, F_GETFD, 0) < 0) _ = Libc.open("/dev/null", fd == 0 ? O_WRONLY : Libc.O_RDONLY);
        }
    }
}
