/* Writes, reads, connects and signals where it may not; names what was refused. */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    if (open("/tmp/lab-test-was-here", O_CREAT | O_WRONLY, 0666) == -1)
        fprintf(stderr, "temp ");
    int seen = 0;
    DIR *home = opendir("/root");
    for (struct dirent *entry; home != NULL && (entry = readdir(home)) != NULL;)
        seen += entry->d_name[0] != '.';
    if (seen == 0)
        fprintf(stderr, "home ");
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    if (connect(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&to, sizeof to) == -1)
        fprintf(stderr, "net ");
    if (kill(getppid(), SIGKILL) == -1 || getppid() == 1)
        fprintf(stderr, "kill\n");
    return 1;
}
